namespace HardenedService.Platform.Outbox;

/// <summary>A delivery that failed, with a reason that is stored and logged: it quotes no address and no content.</summary>
public class DeliveryException : Exception
{
    /// <summary>A delivery that failed.</summary>
    public DeliveryException()
    {
    }

    /// <summary>A delivery that failed.</summary>
    /// <param name="message">The reason.</param>
    public DeliveryException(string message)
        : base(message)
    {
    }

    /// <summary>A delivery that failed.</summary>
    /// <param name="message">The reason.</param>
    /// <param name="innerException">What showed it; not logged.</param>
    public DeliveryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// The other side's word on when to come back: the message is tried again no earlier, and no later than the growing waits have it. More
    /// than a day counts as a day. Default: null, when those waits alone decide.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }
}
