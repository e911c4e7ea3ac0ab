using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Conformance;

/// <summary>What every endpoint owes, whoever writes it. A rule returns one sentence for each violation, which says what to do.</summary>
internal static class EndpointRules
{
    private const string ApiPrefix = "/v";

    /// <summary>A session is asked for, or a person has decided that none is needed (E4).</summary>
    public static IEnumerable<string> Authorization(IReadOnlyList<RouteEndpoint> endpoints, IReadOnlySet<string> anonymous)
    {
        foreach (var endpoint in endpoints)
        {
            var isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

            if (!isOpen && endpoint.Metadata.GetMetadata<IAuthorizeData>() is null)
            {
                yield return $"{NameOf(endpoint)} does not say who may call it: map it into the group of app.MapApi(…), or call RequireSession() or AllowAnonymous().";
            }

            if (isOpen && !anonymous.Contains(NameOf(endpoint)))
            {
                yield return $"{NameOf(endpoint)} is open to everyone: take AllowAnonymous() off its route, or add it to AnonymousEndpoints and say why.";
            }
        }

        foreach (var gone in anonymous.Except(endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(NameOf)))
        {
            yield return $"{gone} stands in AnonymousEndpoints, but there is no such open endpoint: take the line out.";
        }
    }

    /// <summary>What is not the API's is not for the public port.</summary>
    public static IEnumerable<string> Ports(IEnumerable<RouteEndpoint> endpoints) =>
        from endpoint in endpoints
        where IsOfApi(endpoint) == IsOfManagement(endpoint)
        select IsOfApi(endpoint)
            ? $"{NameOf(endpoint)} belongs to the API, but answers on the management port: take RequireManagementPort() off its route."
            : $"{NameOf(endpoint)} answers on the public port outside of the API: map it into the group of app.MapApi(…), or call RequireManagementPort().";

    /// <summary>No policy means the default limits; none at all is never right.</summary>
    public static IEnumerable<string> RateLimits(IEnumerable<RouteEndpoint> endpoints) =>
        from endpoint in OfApi(endpoints)
        where endpoint.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null
        select $"{NameOf(endpoint)} asks for no rate limit, and has one all the same: take DisableRateLimiting() off its route; a policy of its own may allow more.";

    /// <summary>Clients learn from the document what can go wrong.</summary>
    public static IEnumerable<string> DocumentedProblems(IEnumerable<RouteEndpoint> endpoints)
    {
        foreach (var endpoint in OfApi(endpoints))
        {
            var problems = endpoint.Metadata.OfType<ProblemCode>().ToList();

            if (!problems.Contains(Problems.InternalError) || !problems.Contains(Problems.RateLimited))
            {
                yield return $"{NameOf(endpoint)} does not document the problems of the pipeline: map it into the group of app.MapApi(…).";
            }

            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && !problems.Contains(Problems.Unauthenticated))
            {
                yield return $"{NameOf(endpoint)} asks for a session without documenting the 401: call RequireSession() instead of RequireAuthorization().";
            }
        }
    }

    /// <summary>A change happens as a whole: the group runs it in one transaction, or the handler says on its route that it opens its own.</summary>
    public static IEnumerable<string> UnitsOfWork(IEnumerable<RouteEndpoint> endpoints) =>
        from endpoint in OfApi(endpoints)
        where endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.All(SafeMethods.Contain) != true
        where endpoint.Metadata.GetMetadata<UnitOfWorkMetadata>() is null
        select $"{NameOf(endpoint)} changes something outside of a unit of work: map it into the group of app.MapApi(…).";

    /// <summary>Requests are validated before a handler sees them.</summary>
    public static IEnumerable<string> Validation(IEnumerable<RouteEndpoint> endpoints) =>
        from endpoint in OfApi(endpoints)
        where endpoint.Metadata.GetMetadata<IDisableValidationMetadata>() is not null
        select $"{NameOf(endpoint)} does not validate its request: take DisableValidation() off its route.";

    public static string NameOf(RouteEndpoint endpoint) =>
        $"{string.Join(',', endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"])} {PathOf(endpoint)}";

    public static IEnumerable<RouteEndpoint> OfApi(IEnumerable<RouteEndpoint> endpoints) => endpoints.Where(endpoint => !IsOfManagement(endpoint));

    // A group's empty route leaves a slash at the end.
    private static string PathOf(RouteEndpoint endpoint) => $"/{endpoint.RoutePattern.RawText?.Trim('/')}";

    private static bool IsOfManagement(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<ManagementEndpoint>() is not null;

    // A version of the API: /v1, /v2.
    private static bool IsOfApi(RouteEndpoint endpoint) =>
        PathOf(endpoint) is var path
            && path.StartsWith(ApiPrefix, StringComparison.Ordinal)
            && path.Length > ApiPrefix.Length
            && char.IsAsciiDigit(path[ApiPrefix.Length]);
}
