using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Outbox;

/// <summary>How the outbox delivers. Section <c>Outbox</c>.</summary>
public sealed record OutboxOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Outbox";

    /// <summary>How often to look for messages while there are none. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a message that a newer one about the same may replace is held back, counted from the newest; at most ten times as long in
    /// all. Default: 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan ReplaceableFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker owns what it claimed; after that another takes it over. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many messages a worker claims at once. Default: 10.</summary>
    [Range(1, 1000)]
    public int BatchSize { get; init; } = 10;

    /// <summary>How many messages of a batch are delivered at the same time. Default: 4.</summary>
    [Range(1, 100)]
    public int Concurrency { get; init; } = 4;

    /// <summary>How long one delivery may take before it counts as failed. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait after a first failure; it doubles with each further one, with jitter. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between two attempts. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After this many failed attempts a message is parked for a person to look at. Default: 20.</summary>
    [Range(1, 1000)]
    public int MaxAttempts { get; init; } = 20;

    /// <summary>How long the record of a delivered message is kept, its payload wiped. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepDelivered { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A lease that could run out while its messages still wait their turn would have them delivered twice.</summary>
    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var longest = DeliveryTimeout * Math.Ceiling((double)BatchSize / Concurrency);

        if (Lease <= longest)
        {
            yield return new ValidationResult(
                $"must be longer than a batch can take, which is {longest}: DeliveryTimeout times BatchSize / Concurrency.", [nameof(Lease)]);
        }
    }
}
