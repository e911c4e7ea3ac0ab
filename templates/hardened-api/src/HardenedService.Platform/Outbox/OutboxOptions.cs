using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.Outbox;

/// <summary>How the outbox delivers, where a kind does not state it itself (<see cref="OutboxHandling"/>). Section <c>Outbox</c>.</summary>
public sealed record OutboxOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Outbox";

    /// <summary>
    /// How often to look for messages while nothing wakes the worker: those of other replicas, those that are to be tried again, and those
    /// whose worker died. Default: 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a message that a newer one about the same may replace is held back, counted from the newest; at most ten times as long in
    /// all. Default: 1 second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan ReplaceableFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many messages of one kind each replica delivers at the same time. Default: 4.</summary>
    [Range(1, 100)]
    public int Concurrency { get; init; } = 4;

    /// <summary>How long one delivery may take before it counts as failed. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after its delivery timed out a message is left to the worker that claimed it, which may have to wait for the database to
    /// record what came of it. Then that worker counts as dead, and another takes the message over. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The wait after a first failure; it doubles with each further one, with jitter. Default: 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between two attempts, unless the other side asks for a longer one. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After this many failed attempts a message is parked for a person to look at. Default: 20.</summary>
    [Range(1, 1000)]
    public int MaxAttempts { get; init; } = 20;

    /// <summary>How long the record of a delivered message is kept, its payload wiped. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan KeepDelivered { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often depth, age and parked messages are measured. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MeasureInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LongestRetry < FirstRetry)
        {
            yield return new ValidationResult($"must not be shorter than FirstRetry, which is {FirstRetry}.", [nameof(LongestRetry)]);
        }
    }
}
