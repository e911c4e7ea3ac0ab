using HardenedService.Platform.Security;

namespace HardenedService.Platform.Auditing;

/// <summary>What a record says that the request does not say by itself.</summary>
/// <param name="Action">What was done.</param>
/// <param name="SubjectId">What it was done to, an opaque id; null for nothing that is known.</param>
public sealed record AuditEntry(AuditAction Action, Guid? SubjectId)
{
    /// <summary>What came of it. Default: success.</summary>
    public AuditOutcome Outcome { get; init; }

    /// <summary>The session that it was done in. Default: null, for the one that the request came with, if any.</summary>
    public Session? Session { get; init; }

    /// <summary>Who did it, if not the person of the session: whoever proved by a mailed token who they are, in whichever session. Default: null.</summary>
    public Guid? ActorId { get; init; }

    /// <summary>
    /// The address that was given, if the record would not tell without it. It stands beside the record and is erased with the person.
    /// Default: null.
    /// </summary>
    public string? Email { get; init; }
}
