using HardenedService.Platform.Data;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform;

/// <summary>The group that every endpoint of the API is mapped into.</summary>
public static class ApiGroup
{
    /// <summary>
    /// Begins a version of the API. What is mapped into it is guarded unless its line on the route table says otherwise: a session is
    /// required, and a call runs in one transaction.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">The path that every call of this version starts with, such as <c>/v1</c>.</param>
    /// <returns>The group to map features into.</returns>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app, string prefix) =>
        app.MapGroup(prefix)
            .WithoutFinalSlash()
            .AnswersForThePipeline()
            .RequireSession()
            .InUnitOfWork();

    internal static void AddApiGroup(this WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter, EndpointsAtStart>();

    /// <summary>A group's own path comes with a slash at its end, which no client sends, and would stand in metrics, traces and the log.</summary>
    private static RouteGroupBuilder WithoutFinalSlash(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: ['/', .., '/'] path } route)
            {
                route.RoutePattern = RoutePatternFactory.Parse(path.TrimEnd('/'));
            }
        });

        return group;
    }

    /// <summary>
    /// Builds every endpoint when the host starts. Left to itself, the framework does that at the first request, and guards that
    /// contradict each other on the route table would show only then.
    /// </summary>
    private sealed class EndpointsAtStart : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            _ = app.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints;
        };
    }
}
