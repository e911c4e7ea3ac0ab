using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Platform;

/// <summary>The group that every endpoint of the API is mapped into.</summary>
public static class ApiGroup
{
    /// <summary>
    /// Begins a version of the API. What is mapped into it is guarded unless its line on the route table says otherwise: a session is
    /// required.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">The path that every call of this version starts with, such as <c>/v1</c>.</param>
    /// <returns>The group to map features into.</returns>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app, string prefix) =>
        app.MapGroup(prefix)
            .AnswersForThePipeline()
            .RequireSession();
}
