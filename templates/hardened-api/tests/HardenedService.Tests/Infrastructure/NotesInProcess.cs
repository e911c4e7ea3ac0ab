using System.Reflection;
using HardenedService.Api.Identity;
using HardenedService.Platform;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(NotesInProcess))]

namespace HardenedService.Tests.Infrastructure;

/// <summary>Brings the notes into the API when it runs as a process of its own; see <see cref="ApiProgram"/>.</summary>
public sealed class NotesInProcess : IHostingStartup
{
    public void Configure(IWebHostBuilder builder)
    {
        // Hosts within the test program find this class too, and say themselves which endpoints they want.
        if (Assembly.GetEntryAssembly() == typeof(RegisterRequest).Assembly)
        {
            builder.ConfigureServices(services => services
                .AddSingleton<IStartupFilter>(new TestEndpoints(routes => NoteEndpoints.Map(routes.MapApi("/v1"))))
                .AddSingleton<IStartupFilter, HeldAnswers>());
        }
    }

    /// <summary>Holds the answer back, everything else being done, if the request says so.</summary>
    private sealed class HeldAnswers : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers.ContainsKey("Hold"))
                {
                    context.Response.OnStarting(() => Task.Delay(Timeout.Infinite, context.RequestAborted));
                }

                return following(context);
            });
            next(app);
        };
    }
}
