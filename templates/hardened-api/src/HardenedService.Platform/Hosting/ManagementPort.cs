using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HardenedService.Platform.Hosting;

/// <summary>Marks endpoints that answer on the management port, and there alone.</summary>
public static class ManagementPort
{
    /// <summary>The endpoint answers on the management port only; on the public port it does not exist (404). What is asked there is no traffic of the service: its metrics leave it out.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint builder.</typeparam>
    /// <param name="endpoint">The endpoint.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireManagementPort<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ManagementEndpoint(), new DisableHttpMetricsAttribute());
}

internal sealed record ManagementEndpoint;

/// <summary>Stands on every connection that the management listener accepted. A Host header cannot forge it.</summary>
internal sealed record ManagementConnection
{
    public static bool Carries(HttpContext context) => context.Features.Get<ManagementConnection>() is not null;

    public static void Mark(ListenOptions listener) =>
        listener.Use(next => connection =>
        {
            connection.Features.Set(new ManagementConnection());
            return next(connection);
        });
}

/// <summary>Lets a management connection see management endpoints only, and a public one all others.</summary>
internal sealed class ManagementPortPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    // Before HTTP method matching, so that a hidden endpoint's methods do not turn a 404 into a 405.
    public override int Order => int.MinValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var management = ManagementConnection.Carries(httpContext);

        for (var i = 0; i < candidates.Count; i++)
        {
            // A candidate without endpoint-specific metadata here is routing's own 405 or 415: it follows the others.
            var belongs = candidates[i].Endpoint?.Metadata.GetMetadata<ManagementEndpoint>() is not null;

            if (belongs != management)
            {
                candidates.SetValidity(i, false);
            }
        }

        return Task.CompletedTask;
    }
}
