using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Validation;

namespace HardenedService.Platform.Telemetry;

/// <summary>Where logs go besides standard output. Section <c>Seq</c>; without a URL, nowhere.</summary>
public sealed record SeqOptions : IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Seq";

    /// <summary>Seq's address; null turns it off. Default: null.</summary>
    [AbsoluteUrl]
    public Uri? Url { get; init; }

    /// <summary>The API key that Seq asks for, if it does.</summary>
    public string? ApiKey { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (DevelopmentSecret.Recognizes(ApiKey))
        {
            yield return new ValidationResult(DevelopmentSecret.Fault, [nameof(ApiKey)]);
        }
    }
}
