using HardenedService.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Adds endpoints to those of the real application, behind the pipeline that every request goes through.</summary>
internal sealed class TestEndpoints(Action<IEndpointRouteBuilder> map) : IStartupFilter
{
    /// <summary>Within the guards of the application's own endpoints.</summary>
    public static Action<IWebHostBuilder> Add(Action<RouteGroupBuilder> map, string prefix = "/test") => Beside(routes => map(routes.MapApi(prefix)));

    /// <summary>Outside of the group, hence without its guards.</summary>
    public static Action<IWebHostBuilder> Beside(Action<IEndpointRouteBuilder> map) => host =>
        host.ConfigureTestServices(services =>
        {
            // The generator sees the request records of the project that calls this, and it is called once.
            services.AddValidation();
            services.AddSingleton<IStartupFilter>(new TestEndpoints(map));
        });

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(map);
    };
}
