namespace HardenedService.Platform.Outbox;

/// <summary>A message that trying again cannot help: it is parked at once.</summary>
public sealed class UndeliverableException : DeliveryException
{
    /// <summary>A message that cannot be delivered.</summary>
    public UndeliverableException()
    {
    }

    /// <summary>A message that cannot be delivered.</summary>
    /// <param name="message">The reason.</param>
    public UndeliverableException(string message)
        : base(message)
    {
    }

    /// <summary>A message that cannot be delivered.</summary>
    /// <param name="message">The reason.</param>
    /// <param name="innerException">What showed it; not logged.</param>
    public UndeliverableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
