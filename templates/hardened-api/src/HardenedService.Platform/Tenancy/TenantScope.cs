using HardenedService.Platform.Security;

namespace HardenedService.Platform.Tenancy;

/// <summary>
/// Whose rows a transaction sees. Row-level security reads it from the transaction's settings, which end with it: nothing is left on the
/// connection for the next request.
/// </summary>
/// <param name="UserId">The person; null for nobody.</param>
/// <param name="OrganizationId">The organization; null for none, which shows the person their own memberships.</param>
internal sealed record TenantScope(Guid? UserId, Guid? OrganizationId)
{
    /// <summary>Nobody's: no rows at all.</summary>
    public static TenantScope None { get; } = new(UserId: null, OrganizationId: null);

    public static TenantScope Of(Session session) => new(session.UserId, session.OrganizationId);

    /// <summary>
    /// The statements that set the scope, in the transaction at hand. No query is among them: the transaction's isolation level can still
    /// be chosen. An id is a Guid, and cannot be anything but hexadecimal digits.
    /// </summary>
    public string Sql => $"set local app.user_id = '{UserId}'; set local app.organization_id = '{OrganizationId}'";
}
