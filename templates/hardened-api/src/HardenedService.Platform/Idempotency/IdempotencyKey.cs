using System.Globalization;
using System.Security.Cryptography;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace HardenedService.Platform.Idempotency;

/// <summary>The client's name for one thing that shall happen once.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    // What the document tells clients of IsValid.
    public const string Pattern = "^[!-~]{1,255}$";
    public const string Example = "0197f2f4-7c1e-7d3a-9c55-2b1f3a5e8d01";

    private const int MaxLength = 255;

    /// <summary>One value of 1 to 255 visible ASCII characters.</summary>
    public static bool IsValid(string key) => key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>
    /// What a key is stored under: nobody meets another person's keys, nor their own of another organization or call. A call has one path,
    /// though routing takes it in several spellings.
    /// </summary>
    public static byte[] Scope(string key, Session session, HttpContext context)
    {
        var path = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments.Select(
            segment => string.Concat(segment.Parts.Select(part => Spelled(part, context.Request.RouteValues))));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendPart((session.OrganizationId ?? Guid.Empty).ToByteArray());
        hash.AppendPart(session.UserId.ToByteArray());
        hash.AppendPart(context.Request.Method);
        hash.AppendPart(string.Join('/', path));
        hash.AppendPart(key);

        return hash.GetHashAndReset();
    }

    // As the route spells it, whatever the request did. A value is decoded by now, and the same if it reads as the same id or number.
    private static string? Spelled(RoutePatternPart part, RouteValueDictionary values) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => Spelled(parameter, Convert.ToString(values[parameter.Name], CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"A route has no part such as {part.PartKind}."),
    };

    private static string? Spelled(RoutePatternParameterPart parameter, string? value)
    {
        bool Is(string constraint) => parameter.ParameterPolicies.Any(policy => constraint.Equals(policy.Content, StringComparison.OrdinalIgnoreCase));

        return value is null ? null
            : Is("guid") ? Guid.Parse(value, CultureInfo.InvariantCulture).ToString()
            : Is("int") || Is("long") ? long.Parse(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : value;
    }
}
