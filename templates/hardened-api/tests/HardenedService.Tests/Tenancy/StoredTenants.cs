using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>Someone signed in, acting in an organization that they own.</summary>
internal sealed record Tenant(Guid UserId, Guid OrganizationId, string Token);

/// <summary>Tenants that are simply there: nobody registers, hashes or signs in.</summary>
internal static class StoredTenants
{
    /// <summary>Somebody new, with an organization of their own and a fresh session in it.</summary>
    public static async Task<Tenant> NewTenantAsync(this TestDatabase database)
    {
        var userId = Guid.CreateVersion7();
        await ExecuteAsync(
            database,
            """
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
            values ($1, $1 || '@example.org', upper($1 || '@example.org'), true, '', '', '')
            """,
            userId);

        return await database.NewTenantAsync(userId);
    }

    /// <summary>The same person in a further organization of theirs, with a further session.</summary>
    public static async Task<Tenant> NewTenantAsync(this TestDatabase database, Guid userId)
    {
        var organizationId = Guid.CreateVersion7();
        await ExecuteAsync(database, "insert into tenancy.organizations (id, name) values ($1, 'The organization ' || $1)", organizationId);
        await ExecuteAsync(database, "insert into tenancy.members (organization_id, account_id, role) values ($1, $2, 'owner')", organizationId, userId);

        return (await database.NewSessionAsync(new(userId, organizationId, Token: "")))!;
    }

    /// <summary>The same person in the same organization, with a further session; null if they are not there any more.</summary>
    public static async Task<Tenant?> NewSessionAsync(this TestDatabase database, Tenant tenant)
    {
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);
        var begun = await ExecuteAsync(
            database,
            """
            insert into identity.sessions
              (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at, user_agent, organization_id, organization_role)
            select $1, $2, a.id, a.session_epoch, 'bearer', 'password', interval '1 hour', now() + interval '1 hour', 'The client of ' || $1, m.organization_id, m.role
            from identity.accounts a
            join tenancy.members m on m.account_id = a.id
            where a.id = $3
              and m.organization_id = $4
            """,
            Guid.CreateVersion7(), OpaqueToken.Hash(token), tenant.UserId, tenant.OrganizationId);

        return begun > 0 ? tenant with { Token = token } : null;
    }

    private static async Task<int> ExecuteAsync(TestDatabase database, string sql, params object[] values)
    {
        await using var connection = await Sql.OpenAsync(database.AdminConnectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));

        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
