using HardenedService.Platform.Outbound;

namespace HardenedService.Platform.Outbox;

/// <summary>What a failed attempt means for the message.</summary>
/// <param name="Error">The reason, as it is stored and logged.</param>
/// <param name="IsFinal">Whether trying again cannot help.</param>
/// <param name="RetryAfter">The other side's word on when to come back.</param>
internal sealed record OutboxFailure(string Error, bool IsFinal = false, TimeSpan? RetryAfter = null)
{
    /// <summary>Reads an exception. Those of other parts of the platform that know a reason, or when to come back, have their line here.</summary>
    public static OutboxFailure Of(Exception exception) => exception switch
    {
        UndeliverableException undeliverable => new(undeliverable.Message, IsFinal: true),
        UpstreamException failed => new(failed.Message, RetryAfter: failed.RetryAfter),
        DeliveryException failed => new(failed.Message, RetryAfter: failed.RetryAfter),

        // Of a stranger's exception the type alone: its text can quote the address that the mail was for.
        _ => new(exception.GetType().Name),
    };
}
