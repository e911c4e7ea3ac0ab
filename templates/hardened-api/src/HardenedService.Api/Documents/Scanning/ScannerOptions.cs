using System.ComponentModel.DataAnnotations;
using System.Net;
using HardenedService.Platform.Configuration;

namespace HardenedService.Api.Documents.Scanning;

/// <summary>
/// The virus scanner, which speaks clamd's protocol. Section <c>Scanner</c>; how calls to it are bounded stands in <c>Outbound:Scanner</c>.
/// </summary>
internal sealed record ScannerOptions : IValidatableObject, IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Scanner";

    /// <summary>The scanner's name or address.</summary>
    [Required]
    public string Host { get; init; } = "";

    /// <summary>The scanner's port. Default: 3310, clamd's own.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 3310;

    /// <summary>
    /// Lets <see cref="Host"/> be another machine outside of Development: documents travel there as they are, for clamd's protocol knows no
    /// encryption, so that something else encrypts the way. Default: false.
    /// </summary>
    public bool AllowPlainTcp { get; init; }

    /// <summary>How long a document may wait to be scanned; after that it is <c>unscannable</c>. Default: 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(1);

    private bool IsLocal => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
        {
            yield return new ValidationResult("must be the name or the address of a host.", [nameof(Host)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (!IsLocal && !AllowPlainTcp)
        {
            yield return new ValidationResult(
                $"must be this machine outside of Development, unless {nameof(AllowPlainTcp)} is true: clamd's protocol is not encrypted.", [nameof(Host)]);
        }
    }
}
