using HardenedService.Platform.Data;
using HardenedService.Platform.Tenancy;
using Npgsql;

namespace HardenedService.Platform.Security;

/// <summary>A session as the database tells it.</summary>
internal static class SessionRow
{
    /// <summary>Of a row <c>s</c> of <c>identity.live_sessions</c>, in the order of <see cref="Read"/>. <c>$2</c> is how long it is fresh.</summary>
    public const string Columns =
        """
        s.id, s.account_id, s.email, s.transport, s.assurance, s.created_at, s.expires_at,
        s.authenticated_at > now() - $2, s.is_administrator, s.organization_id, s.organization_role, s.token_hash
        """;

    public static Session Read(NpgsqlDataReader row, int first = 0) => new(
        row.GetGuid(first),
        row.GetGuid(first + 1),
        row.GetString(first + 2),
        row.GetEnum<SessionTransport>(first + 3),
        row.GetEnum<SessionAssurance>(first + 4),
        row.GetDateTime(first + 5),
        row.GetDateTime(first + 6),
        row.GetBoolean(first + 7),
        row.GetBoolean(first + 8),
        row.IsDBNull(first + 9) ? null : row.GetGuid(first + 9),
        row.IsDBNull(first + 10) ? null : row.GetEnum<OrganizationRole>(first + 10))
    {
        TokenHash = row.GetFieldValue<byte[]>(first + 11),
    };
}
