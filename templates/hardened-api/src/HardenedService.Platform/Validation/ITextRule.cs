namespace HardenedService.Platform.Validation;

/// <summary>
/// A validation attribute that also says in JSON Schema's terms what it asks of a text, so that the OpenAPI document tells clients the same.
/// </summary>
public interface ITextRule
{
    /// <summary>The fewest characters, counted as Unicode code points. Default: 0.</summary>
    int MinLength => 0;

    /// <summary>The most characters, counted as Unicode code points.</summary>
    int MaxLength { get; }

    /// <summary>JSON Schema's name for the form of the text, such as <c>email</c>. Default: none.</summary>
    string? Format => null;
}
