using System.ComponentModel.DataAnnotations;
using System.Text;
using HardenedService.Platform.Configuration;

namespace HardenedService.Platform.Browsers;

/// <summary>Which pages of other origins may call this service. Section <c>Cors</c>.</summary>
public sealed record OriginOptions : IValidatableObject, IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Cors";

    /// <summary>
    /// Origins as browsers send them (RFC 6454, section 6.2), such as <c>https://app.example.com</c>: lower case, no path, no standard
    /// port. Their pages may call with the session cookie and read the answers. Default: none.
    /// </summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Origins.All(IsOrigin))
        {
            yield return new ValidationResult(
                "An origin is written as browsers send it, such as https://app.example.com: lower case, no path, no standard port, no wildcard.",
                [nameof(Origins)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (!Origins.All(origin => origin.StartsWith("https://", StringComparison.Ordinal)))
        {
            yield return new ValidationResult("must begin with https:// outside of Development, every one.", [nameof(Origins)]);
        }
    }

    // The same text back: neither `null` nor `*` nor anything that a browser would spell in another way passes.
    private static bool IsOrigin(string text) =>
        Ascii.IsValid(text)
            && Uri.TryCreate(text, UriKind.Absolute, out var origin)
            && (origin.Scheme == Uri.UriSchemeHttps || origin.Scheme == Uri.UriSchemeHttp)
            && origin.UserInfo.Length == 0
            && origin.GetLeftPart(UriPartial.Authority) == text;
}
