using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Idempotency;

/// <summary>How answers are kept for retries. Section <c>Idempotency</c>.</summary>
public sealed record IdempotencyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Idempotency";

    /// <summary>How long a key is remembered, by the database clock. Default: 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The largest body that an idempotent call may answer with, in bytes. A larger one is a fault of the call. Default: 64 KiB.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxAnswerSize { get; init; } = 64 * 1024;
}
