using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Sweeps;

/// <summary>How what is temporary is swept. Section <c>Sweeps</c>.</summary>
public sealed record SweepOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sweeps";

    /// <summary>The wait between two passes. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many rows go in one statement: few, so that none is locked for long. Default: 500.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 500;

    /// <summary>
    /// How long one statement may take, in whole seconds, in place of the limit that is meant for requests; the server is told to end it a
    /// tenth earlier. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
