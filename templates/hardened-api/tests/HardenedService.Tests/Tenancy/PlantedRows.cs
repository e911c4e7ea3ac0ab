using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>A row in every table that can hold something of a person or an organization, so that the matrix has an id of each kind.</summary>
internal static class PlantedRows
{
    /// <summary>
    /// One statement for each table; <c>$1</c> is the account and <c>$2</c> the organization, which <see cref="StoredTenants"/> has made.
    /// Add to it when the matrix says that a table is empty. Texts of the tenant hold one of the two: they must turn up nowhere else.
    /// </summary>
    private static readonly string[] Statements =
    [
        """
        insert into identity.one_time_tokens (id, token_hash, purpose, account_id, expires_at)
        select gen_random_uuid(), sha256($1::text::bytea), 'mfa', $1, now() + interval '1 hour' where $2 is not null
        """,
        "insert into identity.totp_factors (account_id, secret) select $1, '' where $2 is not null",
        "insert into identity.recovery_codes (account_id, code_hash) select $1, sha256($2::text::bytea)",
        """
        insert into identity.passkeys (id, account_id, credential_id, public_key, name, sign_count, transports, is_backup_eligible, is_backed_up)
        select gen_random_uuid(), $1, sha256($1::text::bytea), '', 'The key of ' || $2, 0, '{}', false, false
        """,
        "insert into identity.known_networks (account_id, network) select $1, '192.0.2.1/32' where $2 is not null",
        """
        insert into platform.idempotency_keys (id, user_id, fingerprint, status, headers, body, expires_at)
        select sha256($1::text::bytea), $1, sha256(''), 204, '{}', '', now() + interval '1 hour' where $2 is not null
        """,
        """
        insert into tenancy.invitations (id, organization_id, email, normalized_email, role, token_hash, expires_at)
        select gen_random_uuid(), $2, $1 || '@invited.example', upper($1 || '@invited.example'), 'member', sha256($2::text::bytea), now() + interval '1 hour'
        """,
        """
        with record as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, actor_id)
          values (gen_random_uuid(), $2, 'session.begun', 'success', 'account', $1)
          returning id
        )
        insert into audit.details (record_id, organization_id, ip, user_agent)
        select id, $2, '192.0.2.1', 'The browser of ' || $1 from record
        """,
        """
        with file as (
          insert into documents.files (id, organization_id)
          values (gen_random_uuid(), $2)
          returning id
        ), chunk as (
          insert into documents.chunks (file_id, number, organization_id, bytes)
          select id, 0, $2, $2::text::bytea from file
        ), document as (
          insert into documents.documents (id, organization_id, title, file_name, content_type, size, sha256, status, file_id, created_by, scanned_at)
          select gen_random_uuid(), $2, 'The document of ' || $2, $2 || '.txt', 'text/plain', 36, sha256($2::text::bytea), 'clean', id, $1, now() from file
          returning id
        )
        insert into documents.reviews (id, organization_id, document_id, status, summary, requested_by, completed_at)
        select gen_random_uuid(), $2, id, 'completed', 'What there is to say of ' || $2, $1, now() from document
        """,
    ];

    /// <summary>Plants them, and those of tables that only the test knows.</summary>
    public static async Task PlantRowsAsync(this TestDatabase database, Tenant tenant, IEnumerable<string> further)
    {
        await using var connection = await Sql.OpenAsync(database.AdminConnectionString);
        await using var batch = new NpgsqlBatch(connection);

        foreach (var statement in Statements.Concat(further))
        {
            batch.BatchCommands.Add(new(statement) { Parameters = { new() { Value = tenant.UserId }, new() { Value = tenant.OrganizationId } } });
        }

        await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
