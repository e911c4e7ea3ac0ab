using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;

namespace HardenedService.Platform.Security;

/// <summary>What encrypts the data-protection keys in the database. Section <c>KeyRing</c>.</summary>
public sealed record KeyRingOptions : IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "KeyRing";

    /// <summary>
    /// Encrypts new keys, and opens those that it encrypted, expired or not. Required outside of Development; without it keys are
    /// stored in the clear. Default: null.
    /// </summary>
    public KeyRingCertificate? Certificate { get; init; }

    /// <summary>Certificates of the past, which still open what they encrypted. Default: none.</summary>
    public IReadOnlyList<KeyRingCertificate> OlderCertificates { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (Certificate is null)
        {
            yield return new ValidationResult(
                "is missing: outside of Development the key ring is encrypted, by a PFX file or by PEM files.",
                [$"{nameof(Certificate)}:{nameof(KeyRingCertificate.File)}"]);
        }
    }
}
