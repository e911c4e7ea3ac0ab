using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Validation;

namespace HardenedService.Api.Identity;

/// <summary>Asks another service about breached passwords, beside the list that is built in. Section <c>BreachedPasswords</c>.</summary>
internal sealed record BreachedPasswordOptions : IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "BreachedPasswords";

    /// <summary>
    /// The address of a range API, to which the first five digits of a password's SHA-1 are appended (k-anonymity). Default: none, and nobody
    /// is asked.
    /// </summary>
    [AbsoluteUrl]
    public Uri? Url { get; init; }

    /// <summary>How long to wait for its answer; without one, the password passes. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (Url is not null && Url.Scheme != Uri.UriSchemeHttps)
        {
            yield return new ValidationResult("must begin with https:// outside of Development.", [nameof(Url)]);
        }
    }
}
