using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Auditing;

/// <summary>How the audit trail is sealed and kept. Section <c>Audit</c>.</summary>
public sealed record AuditOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Audit";

    /// <summary>How often new records are sealed into the chain. Until then, a deletion of them is not seen. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan SealInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that a head of the chain goes unpublished. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan PublishEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many records the chain grows by before its head is published all the same. Default: 1000.</summary>
    [Range(1, 1_000_000)]
    public int PublishEveryRecords { get; init; } = 1000;

    /// <summary>
    /// How long addresses and user agents are kept beside their records, which stay. Default: 365 days; no less than 30, which the database
    /// insists on.
    /// </summary>
    [Range(typeof(TimeSpan), "30.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepDetails { get; init; } = TimeSpan.FromDays(365);
}
