namespace HardenedService.Platform.Idempotency;

/// <summary>
/// A payload that the handler takes as a parameter and that is not bound from JSON: an upload, for instance, which is received while it
/// arrives, before the key is looked up.
/// </summary>
public interface IIdempotentPayload
{
    /// <summary>What tells it from another payload, such as names and hashes; compared as JSON.</summary>
    object Identity { get; }
}
