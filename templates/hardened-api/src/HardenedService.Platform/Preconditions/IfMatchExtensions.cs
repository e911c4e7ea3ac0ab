using HardenedService.Platform.Errors;
using HardenedService.Platform.OpenApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Preconditions;

/// <summary>The endpoint asks for If-Match.</summary>
internal sealed record IfMatchMetadata;

/// <summary>Preconditions on the route table.</summary>
public static class IfMatchExtensions
{
    /// <summary>
    /// The call changes something that somebody may have changed meanwhile: it names the version it is based on. Without If-Match, or
    /// with <c>*</c>, it is answered 428 (RFC 6585, section 3); when the version has gone, 412. The handler takes <see cref="IfMatch"/>,
    /// puts its versions into the WHERE clause of the change, answers <see cref="Problems.PreconditionFailed"/> when no row was changed,
    /// and sets the new <see cref="ETag"/>. A <see cref="DbUpdateConcurrencyException"/> is answered 412 as well. The service refuses to
    /// start with a handler that does not take it.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireIfMatch<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        // Outermost: what is refused here opens no transaction and uses up no idempotency key.
        endpoints.Add(endpoint => endpoint.FilterFactories.Insert(0, (factory, next) =>
        {
            if (!Array.Exists(factory.MethodInfo.GetParameters(), parameter => parameter.ParameterType == typeof(IfMatch)))
            {
                throw new InvalidOperationException(
                    $"RequireIfMatch cannot hold on {endpoint.DisplayName}: its handler compares no version. Take IfMatch as a parameter, and put its versions into the WHERE clause of the change.");
            }

            return context => InvokeAsync(context, next);
        }));

        return endpoints
            .WithMetadata(new IfMatchMetadata())
            .NeedsHeader(HeaderNames.IfMatch, "The ETag of the version that the change is based on.", "^\"[0-9]+\"(, *\"[0-9]+\")*$", "\"1\"")
            .Answers(Problems.PreconditionFailed, Problems.PreconditionRequired);
    }

    /// <summary>A success tells in its <c>ETag</c> which version it shows: see <see cref="ETag.Set"/>.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="status">The success's status. Default: 200.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder SendsVersion<TBuilder>(this TBuilder endpoints, int status = StatusCodes.Status200OK)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.SendsHeader(status, HeaderNames.ETag, "The version, for If-Match.");

    private static async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        IfMatch.Read(context.HttpContext.Request, out var refusal);

        return refusal ?? await next(context);
    }
}
