using System.Runtime.CompilerServices;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Input;

/// <summary>
/// A client that says it cannot read what a call answers with is told so before the call has done anything (RFC 9110, section 12.5.1).
/// What a call answers with is known from its handler's typed results, or from <c>Produces</c> on its route; a call that says nothing, or
/// answers without a body, suits everyone. Problems are sent to everyone too: how else would a client learn what is wrong.
/// </summary>
internal static class AcceptedTypes
{
    // Once for each endpoint, and gone with it.
    private static readonly ConditionalWeakTable<Endpoint, IReadOnlyCollection<string>> Known = [];

    /// <summary>Behind authorization: who may not call is told that, and nothing else.</summary>
    public static void UseAcceptedTypes(this WebApplication app) =>
        app.Use((context, next) =>
        {
            if (context.Request.Headers.Accept is not { Count: > 0 } accept
                || context.GetEndpoint() is not { } endpoint
                || ManagementConnection.Carries(context))
            {
                return next(context);
            }

            var types = Known.GetValue(endpoint, known => Of(known.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()));

            return types.Count == 0 || Suits(accept!, types)
                ? next(context)
                : Problems.NotAcceptable.Result($"This call answers with {string.Join(" or ", types)}.").ExecuteAsync(context);
        });

    /// <summary>The media types of a call's success; none if it says nothing of a body.</summary>
    public static IReadOnlyCollection<string> Of(IEnumerable<IProducesResponseTypeMetadata> responses) =>
    [
        .. responses
            .Where(response => response.StatusCode is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices)
            .SelectMany(response => response.ContentTypes)
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    // A header that is none is no wish; parameters such as a charset are passed over, since clients send ones that mean nothing here.
    private static bool Suits(IEnumerable<string> accept, IReadOnlyCollection<string> types) =>
        !MediaTypeHeaderValue.TryParseList([.. accept], out var ranges) || types.Any(type => IsWanted(type, ranges));

    // The most specific range that covers a type decides, and a quality of 0 refuses it.
    private static bool IsWanted(string type, IEnumerable<MediaTypeHeaderValue> ranges) =>
        ranges
            .Where(range => range.MatchesMediaType(type))
            .OrderBy(range => range.MatchesAllTypes)
            .ThenBy(range => range.MatchesAllSubTypes)
            .ThenByDescending(range => range.Quality ?? 1)
            .FirstOrDefault() is { } closest && closest.Quality is not 0;
}
