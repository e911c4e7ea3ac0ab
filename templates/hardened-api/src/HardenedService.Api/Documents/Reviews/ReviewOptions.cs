using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;

namespace HardenedService.Api.Documents.Reviews;

/// <summary>Reviews of documents. Section <c>Reviews</c>; where the reviewer is, and how calls to it are bounded, stands in <c>Outbound:Reviewer</c>.</summary>
internal sealed record ReviewOptions : IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Reviews";

    /// <summary>What the reviewer knows this service by, sent as a bearer token (RFC 6750). Default: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>How long a reviewer that fails is asked again; after that the review is <c>failed</c>. Default: 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (DevelopmentSecret.Recognizes(ApiKey))
        {
            yield return new ValidationResult(DevelopmentSecret.Fault, [nameof(ApiKey)]);
        }
    }
}
