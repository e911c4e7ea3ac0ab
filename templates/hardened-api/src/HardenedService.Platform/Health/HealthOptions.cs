using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Health;

/// <summary>How health is found out. Section <c>Health</c>.</summary>
public sealed record HealthOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Health";

    /// <summary>How long a check may take, in whole seconds for the database; then it counts as failed. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan CheckTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For how long the outcome of the checks answers further probes. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the checks are made if nobody probes, so that metrics and the log tell of health all the same. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);
}
