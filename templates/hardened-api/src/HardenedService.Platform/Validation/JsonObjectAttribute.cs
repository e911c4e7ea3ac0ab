using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace HardenedService.Platform.Validation;

/// <summary>
/// A JSON object whose members another standard names, and more than it names today: it is taken as a <see cref="JsonElement"/>, and
/// whoever reads it checks it. Strict JSON holds within it too, except that no member is unknown.
/// </summary>
/// <param name="maxLength">The most characters of JSON.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonObjectAttribute(int maxLength) : ValidationAttribute($"This is a JSON object of at most {maxLength} characters.")
{
    /// <summary>The most characters of JSON.</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is JsonElement { ValueKind: JsonValueKind.Object } json && json.GetRawText().Length <= maxLength;
}
