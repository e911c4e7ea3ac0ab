using System.Globalization;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Preconditions;

/// <summary>
/// The versions that a client's change may be based on (RFC 9110, section 13.1.1). A handler behind
/// <see cref="IfMatchExtensions.RequireIfMatch"/> asks for it as a parameter.
/// </summary>
/// <param name="Versions">
/// At least one. They belong into the WHERE clause of the change (<c>where id = $1 and version = any ($2)</c>, or <c>Contains</c> in EF
/// Core), never into an if before it: of two writers at once, the second then finds no row.
/// </param>
public sealed record IfMatch(IReadOnlyList<long> Versions)
{
    private static readonly IfMatch Nothing = new([]);

    /// <summary>Binds the parameter of a handler. Without the guard and without a usable header it matches nothing.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The header's versions.</returns>
    public static ValueTask<IfMatch> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        return ValueTask.FromResult(Read(context.Request, out _));
    }

    internal static IfMatch Read(HttpRequest request, out ProblemHttpResult? refusal)
    {
        var header = request.Headers.IfMatch;
        refusal = null;

        if (header.Count == 0)
        {
            refusal = Problems.PreconditionRequired.Result("Send If-Match with the ETag of the version that you have seen.");
            return Nothing;
        }

        if (!EntityTagHeaderValue.TryParseStrictList([.. header!], out var tags))
        {
            refusal = Problems.MalformedRequest.Result("If-Match is a list of entity tags, such as \"7\".");
            return Nothing;
        }

        if (tags.Contains(EntityTagHeaderValue.Any))
        {
            // It asks for any version at all, which would overwrite what the client has never seen.
            refusal = tags.Count > 1
                ? Problems.MalformedRequest.Result("If-Match is either * or a list of entity tags.")
                : Problems.PreconditionRequired.Result("If-Match: * names no version. Send the ETag of the version that you have seen.");
            return Nothing;
        }

        // A weak tag never matches (RFC 9110, section 8.8.3.2), nor does one that is not ours.
        List<long> versions = [.. tags.Where(tag => !tag.IsWeak).Select(VersionOf).OfType<long>()];

        if (versions.Count == 0)
        {
            refusal = Problems.PreconditionFailed.Result("If-Match names no version of this.");
        }

        return new(versions);
    }

    // Tags are compared character by character: "07" is not "7".
    private static long? VersionOf(EntityTagHeaderValue tag) =>
        long.TryParse(tag.Tag.AsSpan()[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && tag.Tag == ETag.Of(version)
            ? version
            : null;
}
