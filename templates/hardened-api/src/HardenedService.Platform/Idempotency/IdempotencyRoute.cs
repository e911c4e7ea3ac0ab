using System.IO.Pipelines;
using System.Reflection;
using HardenedService.Platform.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace HardenedService.Platform.Idempotency;

/// <summary>Which routes can ask for a key. The others stop the start, with what to do.</summary>
internal static class IdempotencyRoute
{
    /// <summary>The position of the handler's payload among its parameters; null if it takes none, or a form.</summary>
    /// <exception cref="InvalidOperationException">The route contradicts itself.</exception>
    public static int? BodyOf(EndpointBuilder endpoint, MethodInfo handler)
    {
        var metadata = endpoint.Metadata;

        if (metadata.OfType<IAllowAnonymous>().Any() || !metadata.OfType<IAuthorizeData>().Any())
        {
            throw Refusal(endpoint, "a key belongs to a person, and this route is open to everyone");
        }

        if (metadata.OfType<UnitOfWorkMetadata>().LastOrDefault() is not { OpensOwn: false })
        {
            throw Refusal(endpoint, "key and effect share one transaction: map the route into the API's group, without OpensOwnTransactions");
        }

        if (UnitOfWorkFilter.IsSafe(endpoint))
        {
            throw Refusal(endpoint, "a safe method has no effect that could happen twice: name the unsafe methods that it answers");
        }

        var parameters = handler.GetParameters().Select(parameter => parameter.ParameterType).ToList();

        if (parameters.FindIndex(typeof(IIdempotentPayload).IsAssignableFrom) is >= 0 and var payload)
        {
            return payload;
        }

        var accepts = metadata.OfType<IAcceptsMetadata>().LastOrDefault();
        var body = TakesForm(endpoint) ? null : accepts?.RequestType;

        if (parameters.Any(type => type == typeof(Stream) || type == typeof(PipeReader)) || (body is not null && !parameters.Contains(body)))
        {
            throw Refusal(endpoint, "payloads are compared: take the body as one parameter of a type that JSON is bound to, or take a form");
        }

        return body is null ? null : parameters.IndexOf(body);
    }

    /// <summary>By what the handler takes, and not by what the client says that it sends.</summary>
    public static bool TakesForm(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<IAcceptsMetadata>().LastOrDefault()?.ContentTypes.Any(IsForm) == true;

    private static bool IsForm(string contentType) => contentType is "multipart/form-data" or "application/x-www-form-urlencoded";

    private static InvalidOperationException Refusal(EndpointBuilder endpoint, string reason) =>
        new($"RequireIdempotencyKey cannot hold on {endpoint.DisplayName}: {reason}.");
}
