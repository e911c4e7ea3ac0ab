using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Validation;

/// <summary>An absolute address by http or https. Null is accepted: <see cref="RequiredAttribute"/> says whether one is needed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AbsoluteUrlAttribute() : ValidationAttribute("must be an absolute address that begins with http:// or https://.")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is Uri { IsAbsoluteUri: true } url && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps));
}
