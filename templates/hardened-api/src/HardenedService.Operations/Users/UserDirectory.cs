using System.Security.Cryptography;
using HardenedService.Platform.Auditing;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Operations.Users;

/// <summary>
/// What the operator does to accounts. Each is one statement: it happens as a whole, its audit record included, however many sessions there
/// are.
/// </summary>
internal sealed class UserDirectory(string connectionString)
{
    /// <summary>Makes the account an administrator's. Who has no organization gets one, as with every confirmed account.</summary>
    /// <returns>Whether the account was created for it.</returns>
    public async Task<bool> CreateAdministratorAsync(string email, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);

        // A pending registration is somebody's whom nobody knows: the password that it came with must open nothing.
        await using var command = new NpgsqlCommand(
            """
            with administrator as (
              insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, is_administrator, security_stamp, concurrency_stamp)
              values ($1, $2, $3, true, $4, true, $5, $6)
              on conflict (normalized_email) do update
              set is_administrator = true,
                  email = case when accounts.email_confirmed then accounts.email else excluded.email end,
                  email_confirmed = true,
                  password_hash = case when accounts.email_confirmed then accounts.password_hash else excluded.password_hash end,
                  security_stamp = case when accounts.email_confirmed then accounts.security_stamp else excluded.security_stamp end,
                  concurrency_stamp = excluded.concurrency_stamp
              returning id
            ), organization as (
              insert into tenancy.organizations (id, name)
              select $7, $8
              from administrator
              where not exists (select from tenancy.members where account_id = administrator.id)
              returning id
            ), member as (
              insert into tenancy.members (organization_id, account_id, role)
              select organization.id, administrator.id, 'owner'
              from organization, administrator
            ), record as (
              insert into audit.records (id, organization_id, action, outcome, actor_kind, subject_id)
              select $9::uuid, null::uuid, $10, 'success', 'operator', administrator.id
              from administrator
              union all
              select $11, organization.id, $12, 'success', 'operator', organization.id
              from organization
              returning id
            ), pending as (
              insert into audit.pending (record_id)
              select record.id
              from record
            )
            select id = $1
            from administrator
            """,
            connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = email });
        command.Parameters.Add(new() { Value = Normalize(email) });
        command.Parameters.Add(new() { Value = HashOfNothing() });
        command.Parameters.Add(new() { Value = $"{Guid.NewGuid()}" });
        command.Parameters.Add(new() { Value = $"{Guid.NewGuid()}" });
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = OrganizationStore.OwnName });
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = AuditActions.AdministratorMade.Name });
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = AuditActions.OrganizationFounded.Name });

        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    public Task<bool> RemoveAdministratorAsync(string email, CancellationToken cancel) =>
        SetAsync(email, "is_administrator = false", AuditActions.AdministratorRemoved, cancel);

    /// <summary>With the epoch, so that no session comes back when the account is enabled again.</summary>
    public Task<bool> DisableAsync(string email, CancellationToken cancel) =>
        SetAsync(email, "disabled_at = coalesce(disabled_at, now()), session_epoch = session_epoch + 1", AuditActions.AccountDisabled, cancel);

    public Task<bool> EnableAsync(string email, CancellationToken cancel) => SetAsync(email, "disabled_at = null", AuditActions.AccountEnabled, cancel);

    public Task<bool> RevokeSessionsAsync(string email, CancellationToken cancel) =>
        SetAsync(email, "session_epoch = session_epoch + 1", AuditActions.SessionsRevoked, cancel);

    public Task RevokeAllSessionsAsync(CancellationToken cancel) =>
        ActAsync("update identity.session_epochs set epoch = epoch + 1 returning null::uuid as id", AuditActions.AllSessionsRevoked, cancel);

    private Task<bool> SetAsync(string email, string assignments, AuditAction action, CancellationToken cancel) =>
        ActAsync($"update identity.accounts set {assignments} where normalized_email = $3 returning id", action, cancel, Normalize(email));

    // What changes returns the id of its row, which the record is about. Whether one changed: without one there is no record.
    private async Task<bool> ActAsync(string change, AuditAction action, CancellationToken cancel, params object[] values)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            with changed as (
              {change}
            ), record as (
              insert into audit.records (id, action, outcome, actor_kind, subject_id)
              select $1, $2, 'success', 'operator', changed.id
              from changed
              returning id
            )
            insert into audit.pending (record_id)
            select record.id
            from record
            """,
            connection);

        foreach (var value in (object[])[Guid.CreateVersion7(), action.Name, .. values])
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);

        return connection;
    }

    // As the API does it.
    private static string Normalize(string email) => new UpperInvariantLookupNormalizer().NormalizeEmail(email);

    // Of a password that nobody knows, at the cost of every other: trying to sign in must not tell that none is set yet.
    private static string HashOfNothing() =>
        new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = PasswordCost.Iterations }))
            .HashPassword(new object(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
}
