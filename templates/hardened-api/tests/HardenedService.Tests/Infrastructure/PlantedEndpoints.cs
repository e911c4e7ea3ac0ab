using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Adds faulty endpoints to the routes of the real application, so that a check can show that it finds them.</summary>
internal sealed class PlantedEndpoints(Action<IEndpointRouteBuilder> map) : IStartupFilter
{
    /// <summary>For <see cref="ApiHost.Start"/>. The endpoints stand outside of every group that they do not map themselves into.</summary>
    public static Action<IWebHostBuilder> Of(Action<IEndpointRouteBuilder> map) => host =>
        host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new PlantedEndpoints(map)));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(map);
    };
}
