namespace HardenedService.Platform.Outbound;

/// <summary>How a call to another system failed.</summary>
public enum UpstreamFailure
{
    /// <summary>It answered with a failure, with something that cannot be read, or broke off. Answered with 502 <c>upstream_failed</c>.</summary>
    Failed,

    /// <summary>It asks for a pause, or was not called, since calls to it fail or are too many. Answered with 503 <c>unavailable</c>.</summary>
    Unavailable,

    /// <summary>It did not answer in time, and may have done it all the same. Answered with 504 <c>upstream_timeout</c>.</summary>
    TimedOut,
}

/// <summary>
/// A call to another system failed. The message is fit to be logged and stored: it names the client and says what happened, in our words, and
/// quotes nothing of the address, of the request or of the answer. There is no inner exception, for the runtime's messages quote such things.
/// </summary>
/// <param name="client">The client's name.</param>
/// <param name="failure">How it failed.</param>
/// <param name="reason">What happened, continuing the client's name: <c>answered 500</c>.</param>
/// <param name="retryAfter">How long the other system wants to be left alone; null if it is not known.</param>
public sealed class UpstreamException(string client, UpstreamFailure failure, string reason, TimeSpan? retryAfter = null)
    : Exception($"{client} {reason}.")
{
    /// <summary>How it failed.</summary>
    public UpstreamFailure Failure => failure;

    /// <summary>How long the other system wants to be left alone; null if it is not known.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>What happened, without the client's name.</summary>
    internal string Reason => reason;

    /// <summary>Whether another attempt may fare better.</summary>
    public bool IsTransient { get; internal init; } = true;

    /// <summary>Whether the other system was not even called.</summary>
    internal bool IsRefusal { get; init; }
}
