using HardenedService.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Adds endpoints to the real application, within the same guards as its own.</summary>
internal sealed class TestEndpoints(string prefix, Action<RouteGroupBuilder> map) : IStartupFilter
{
    /// <summary>For <see cref="ApiHost.Start"/>.</summary>
    public static Action<IWebHostBuilder> Add(Action<RouteGroupBuilder> map, string prefix = "/test") => host =>
        host.ConfigureTestServices(services =>
        {
            // The generator sees the request records of the project that calls this, and it is called once.
            services.AddValidation();
            services.AddSingleton<IStartupFilter>(new TestEndpoints(prefix, map));
        });

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(endpoints => map(endpoints.MapApi(prefix)));
    };
}
