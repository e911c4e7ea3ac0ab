using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Configuration;

/// <summary>Which hosts requests may name. A key at the root, as in every ASP.NET Core service.</summary>
public sealed record AllowedHostsOptions : IValidatableObject, IProductionRules
{
    /// <summary>The root itself, which holds everything else too.</summary>
    public const string Section = "";

    private static readonly string[] Wildcards = ["*", "0.0.0.0", "[::]"];

    /// <summary>Host names separated by semicolons. Default: null, which leaves the host of <see cref="ServiceOptions.PublicUrl"/>.</summary>
    public string? AllowedHosts { get; init; }

    private IEnumerable<string> Hosts => AllowedHosts?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AllowedHosts is not null && !Hosts.Any())
        {
            yield return new ValidationResult("must name a host, or not be set: as it is, every request would be refused.", [nameof(AllowedHosts)]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> ValidateForProduction()
    {
        if (Hosts.Intersect(Wildcards).Any())
        {
            yield return new ValidationResult("must name hosts outside of Development, and not let in any.", [nameof(AllowedHosts)]);
        }
    }
}
