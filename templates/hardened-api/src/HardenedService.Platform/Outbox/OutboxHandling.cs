namespace HardenedService.Platform.Outbox;

/// <summary>How messages of one kind are delivered, where it differs from <see cref="OutboxOptions"/>; null leaves it at that.</summary>
public sealed record OutboxHandling
{
    /// <summary>How many messages of the kind each replica delivers at the same time. Default: <see cref="OutboxOptions.Concurrency"/>.</summary>
    public int? Concurrency { get; init; }

    /// <summary>How long one delivery may take before it counts as failed. Default: <see cref="OutboxOptions.DeliveryTimeout"/>.</summary>
    public TimeSpan? DeliveryTimeout { get; init; }

    /// <summary>After how many failed attempts a message is parked. Default: <see cref="OutboxOptions.MaxAttempts"/>.</summary>
    public int? MaxAttempts { get; init; }
}
