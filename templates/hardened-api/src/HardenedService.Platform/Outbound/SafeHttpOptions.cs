using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Outbound;

/// <summary>How addresses given by users are called. Section <c>SafeHttp</c>.</summary>
public sealed record SafeHttpOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SafeHttp";

    /// <summary>Ports that may be called besides 443. Default: none.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>How long a call may take, from the look-up of the name to the end of the body. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest body that an answer may have, in bytes. Default: 1 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxResponseSize { get; init; } = 1024 * 1024;

    /// <summary>How many calls of one replica may be under way at once; those beyond fail at once. Default: 20.</summary>
    [Range(1, 10_000)]
    public int MaxConcurrency { get; init; } = 20;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Ports.Any(port => port is < 1 or > 65535))
        {
            yield return new ValidationResult("must be ports, from 1 to 65535.", [nameof(Ports)]);
        }
    }
}
