using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Validation;

/// <summary>
/// A name or a title: one line of visible text, in which no character hides or turns others around (Unicode Technical Report 36, section
/// 3.4). The length is counted in code points after normalization to form C, which JSON bodies undergo before. Null is accepted:
/// <see cref="RequiredAttribute"/> says whether one is needed.
/// </summary>
/// <param name="maxLength">The most code points.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class SingleLineAttribute(int maxLength = 100)
    : ValidationAttribute($"This is one line of at most {maxLength} characters, without control, bidi or zero-width characters."), ITextRule
{
    /// <summary>The most code points. Default: 100.</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null || (value is string text && UnicodeText.IsAcceptable(text, maxLength, UnicodeText.IsVisible));
}
