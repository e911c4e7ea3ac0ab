namespace HardenedService.Platform.Outbox;

/// <summary>A change of our own that a request only asks for, made after its answer: what it finds and how long it takes, nobody sees.</summary>
/// <typeparam name="TPayload">What was asked for.</typeparam>
public interface IOutboxTask<in TPayload>
{
    /// <summary>
    /// Makes the change, in the transaction at hand, which is committed when this returns. It may run again for the same message, when a
    /// worker dies between the commit and its record.
    /// </summary>
    /// <param name="payload">What was asked for.</param>
    /// <param name="cancel">Fires at the delivery timeout, and at shutdown when there is no more time to finish.</param>
    /// <returns>A task that ends when everything is written, and fails when it has to be tried again.</returns>
    Task RunAsync(TPayload payload, CancellationToken cancel);
}
