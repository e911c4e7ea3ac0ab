namespace HardenedService.Platform.Outbox;

/// <summary>Delivers the messages of one kind.</summary>
public interface IOutboxHandler
{
    /// <summary>The kind of message that this handler delivers.</summary>
    string Kind { get; }

    /// <summary>
    /// Delivers one message. It may be called again for a message that it already delivered, when a worker dies between the delivery
    /// and its record: <paramref name="id"/> is the same then, and lets the other side recognise it: as a Message-ID, an
    /// Idempotency-Key, the key of a row.
    /// </summary>
    /// <param name="id">The message's id, the same in every attempt.</param>
    /// <param name="payload">The payload, decrypted, as JSON.</param>
    /// <param name="cancel">Fires at the delivery timeout, and at shutdown when there is no more time to finish.</param>
    /// <returns>A task that ends when the message is delivered, and fails when it has to be tried again.</returns>
    /// <exception cref="DeliveryException">It failed for a reason that may be logged.</exception>
    /// <exception cref="UndeliverableException">Trying again cannot help.</exception>
    Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel);
}
