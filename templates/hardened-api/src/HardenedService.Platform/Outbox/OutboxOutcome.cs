namespace HardenedService.Platform.Outbox;

/// <summary>What came of an attempt.</summary>
internal enum OutboxResult
{
    Delivered,
    Retried,
    Parked,

    /// <summary>Handed back untried, at shutdown.</summary>
    Released,
}

/// <summary>What came of a claimed message.</summary>
/// <param name="Id">The message.</param>
/// <param name="Lease">The claim that it was delivered under.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Error">The reason, unless it was delivered.</param>
/// <param name="Wait">How long to wait before the next attempt.</param>
internal sealed record OutboxOutcome(Guid Id, Guid Lease, OutboxResult Result, string? Error = null, TimeSpan Wait = default);
