using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Adds endpoints to the routes of the real application, behind the pipeline that every request goes through.</summary>
internal sealed class TestEndpoints(Action<IEndpointRouteBuilder> map) : IStartupFilter
{
    public static void Add(IWebHostBuilder host, Action<IEndpointRouteBuilder> map) =>
        host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new TestEndpoints(map)));

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.UseEndpoints(map);
    };
}
