namespace HardenedService.Platform.Outbox;

/// <summary>A message that trying again cannot help: it is parked at once. Handlers may throw it too.</summary>
public sealed class UndeliverableException : Exception
{
    /// <summary>A message that cannot be delivered.</summary>
    public UndeliverableException()
    {
    }

    /// <summary>A message that cannot be delivered.</summary>
    /// <param name="message">Why not, for the log.</param>
    public UndeliverableException(string message)
        : base(message)
    {
    }

    /// <summary>A message that cannot be delivered.</summary>
    /// <param name="message">Why not, for the log.</param>
    /// <param name="innerException">What showed it.</param>
    public UndeliverableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
