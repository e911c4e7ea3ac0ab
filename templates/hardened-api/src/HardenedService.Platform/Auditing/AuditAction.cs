namespace HardenedService.Platform.Auditing;

/// <summary>Something that is audited.</summary>
/// <param name="Name">Its stable name, which records hold: <c>account.confirmed</c>.</param>
/// <param name="IsOfOrganization">
/// Whether it is done in an organization, whose administrators read of it. What concerns an account alone is nobody's but its owner's.
/// </param>
public sealed record AuditAction(string Name, bool IsOfOrganization = false);

/// <summary>What came of it.</summary>
public enum AuditOutcome
{
    /// <summary>It was done.</summary>
    Success,

    /// <summary>It was tried, and nothing changed.</summary>
    Refused,
}
