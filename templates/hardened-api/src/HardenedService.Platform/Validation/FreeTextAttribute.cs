using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Validation;

/// <summary>
/// Text of several lines. Line feeds and tabs are its only control characters, and nothing in it reorders what stands around it. The
/// length is counted in code points after normalization to form C, which JSON bodies undergo before. Null is accepted:
/// <see cref="RequiredAttribute"/> says whether one is needed.
/// </summary>
/// <param name="maxLength">The most code points.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class FreeTextAttribute(int maxLength)
    : ValidationAttribute($"This is text of at most {maxLength} characters, without control characters or bidi overrides."), ITextRule
{
    /// <summary>The most code points.</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is string text && UnicodeText.IsAcceptable(text, maxLength, UnicodeText.IsVisibleOrLayout));
}
