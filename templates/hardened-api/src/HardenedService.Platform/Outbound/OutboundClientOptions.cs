using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Validation;

namespace HardenedService.Platform.Outbound;

/// <summary>A system that is called by HTTP: where it is, and how calls to it are bounded. Section <c>Outbound:&lt;Name&gt;</c>.</summary>
public sealed record OutboundClientOptions : OutboundOptions, IProductionRules
{
    /// <summary>
    /// The address that the client's relative addresses continue. Outside of Development it begins with <c>https://</c>, unless the system is
    /// on the same machine.
    /// </summary>
    [Required, AbsoluteUrl]
    public Uri? BaseAddress { get; init; }

    /// <summary>Lets <see cref="BaseAddress"/> be plain HTTP outside of Development: something else encrypts the way. Default: false.</summary>
    public bool AllowPlainHttp { get; init; }

    /// <summary>The largest body that an answer may have, in bytes. Default: 1 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxResponseSize { get; init; } = 1024 * 1024;

    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in base.Validate(validationContext))
        {
            yield return fault;
        }

        if (BaseAddress is { UserInfo.Length: > 0 } or { Query.Length: > 0 } or { Fragment.Length: > 0 })
        {
            yield return new ValidationResult("must be scheme, host, port and path alone, without user, query or fragment.", [nameof(BaseAddress)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (BaseAddress is { IsLoopback: false } && BaseAddress.Scheme != Uri.UriSchemeHttps && !AllowPlainHttp)
        {
            yield return new ValidationResult(
                $"must begin with https:// outside of Development, unless it is on this machine or {nameof(AllowPlainHttp)} is true.", [nameof(BaseAddress)]);
        }
    }
}
