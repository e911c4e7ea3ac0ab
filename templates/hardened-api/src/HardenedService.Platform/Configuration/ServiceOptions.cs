using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text;
using HardenedService.Platform.Validation;

namespace HardenedService.Platform.Configuration;

/// <summary>Who this service is, and where it listens. Section <c>Service</c>.</summary>
public sealed record ServiceOptions : IValidatableObject, IProductionRules
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Service";

    /// <summary>The name people read, in mails for instance: one line. Default: the name of the solution.</summary>
    [Required, SingleLine]
    public string Name { get; init; } = "Hardened Service";

    /// <summary>
    /// The base address that people reach, without a trailing slash, its host in ASCII as browsers send it (RFC 5891: <c>xn--…</c>). Links in
    /// mails start with it, never with a request's Host.
    /// </summary>
    [Required, AbsoluteUrl]
    public Uri? PublicUrl { get; init; }

    /// <summary>Where to listen: an IP address, <c>localhost</c> for both loopbacks, or <c>*</c> for all. Default: <c>*</c>.</summary>
    [Required]
    public string Address { get; init; } = "*";

    /// <summary>The port of the API. 0 lets the system choose. Default: 8080.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 8080;

    /// <summary>The port of health and diagnostics, never to be exposed to the public. 0 lets the system choose. Default: 8081.</summary>
    [Range(0, 65535)]
    public int ManagementPort { get; init; } = 8081;

    /// <summary>The address of a page of the front end, for mails: from the settings, never from a request's Host.</summary>
    /// <param name="path">
    /// The page, without a slash at its beginning. A token stands in the fragment, which browsers send to nobody: <c>reset-password#token=…</c>.
    /// </param>
    /// <returns>The address.</returns>
    public string Link(string path) => $"{PublicUrl!.ToString().TrimEnd('/')}/{path}";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not ("*" or "localhost") && !IPAddress.TryParse(Address, out _))
        {
            yield return new ValidationResult("must be an IP address, localhost or *.", [nameof(Address)]);
        }

        if (PublicUrl is { Query.Length: > 0 } or { Fragment.Length: > 0 } || PublicUrl?.GetLeftPart(UriPartial.Authority).Contains('@', StringComparison.Ordinal) == true)
        {
            yield return new ValidationResult("must be scheme, host, port and path alone, without user, query or fragment.", [nameof(PublicUrl)]);
        }

        if (PublicUrl is not null && !Ascii.IsValid(PublicUrl.Host))
        {
            yield return new ValidationResult("must have its host in ASCII, as browsers send it: xn--….", [nameof(PublicUrl)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (PublicUrl?.Scheme != Uri.UriSchemeHttps)
        {
            yield return new ValidationResult("must begin with https:// outside of Development.", [nameof(PublicUrl)]);
        }
    }
}
