using HardenedService.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Adds endpoints to those of the real application: within its pipeline, and below the guards of its group.</summary>
internal sealed class TestEndpoints(Action<RouteGroupBuilder> map) : IStartupFilter
{
    /// <summary>For <see cref="ApiHost.Start"/>.</summary>
    public static Action<IWebHostBuilder> With(Action<RouteGroupBuilder> map) => host =>
        host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new TestEndpoints(map)));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(endpoints => map(endpoints.MapApi("/v1")));
    };
}
