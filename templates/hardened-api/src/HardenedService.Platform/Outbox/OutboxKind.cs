namespace HardenedService.Platform.Outbox;

/// <summary>A handler as it was registered.</summary>
internal sealed record OutboxRegistration(IOutboxHandler Handler, OutboxHandling Handling);

/// <summary>
/// The messages of one kind, which have a number of places of their own: however slow their deliveries are, those of other kinds go on.
/// </summary>
internal sealed class OutboxKind(OutboxRegistration registration, OutboxOptions options)
{
    private int _taken;

    public string Name => Handler.Kind;

    public IOutboxHandler Handler { get; } = registration.Handler;

    public TimeSpan DeliveryTimeout { get; } = registration.Handling.DeliveryTimeout ?? options.DeliveryTimeout;

    public int MaxAttempts { get; } = registration.Handling.MaxAttempts ?? options.MaxAttempts;

    /// <summary>A message is claimed when its delivery can begin, so that the delivery alone has to fit into the lease.</summary>
    public TimeSpan Lease => DeliveryTimeout + options.LeaseMargin;

    public bool IsIdle => Volatile.Read(ref _taken) == 0;

    public int FreePlaces => (registration.Handling.Concurrency ?? options.Concurrency) - Volatile.Read(ref _taken);

    public void Take() => Interlocked.Increment(ref _taken);

    public void Free() => Interlocked.Decrement(ref _taken);
}
