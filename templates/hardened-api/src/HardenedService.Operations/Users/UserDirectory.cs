using System.Security.Cryptography;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Operations.Users;

/// <summary>What the operator does to accounts. Each is one statement: it happens as a whole, however many sessions there are.</summary>
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

        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    public Task<bool> RemoveAdministratorAsync(string email, CancellationToken cancel) => SetAsync(email, "is_administrator = false", cancel);

    /// <summary>With the epoch, so that no session comes back when the account is enabled again.</summary>
    public Task<bool> DisableAsync(string email, CancellationToken cancel) =>
        SetAsync(email, "disabled_at = coalesce(disabled_at, now()), session_epoch = session_epoch + 1", cancel);

    public Task<bool> EnableAsync(string email, CancellationToken cancel) => SetAsync(email, "disabled_at = null", cancel);

    public Task<bool> RevokeSessionsAsync(string email, CancellationToken cancel) => SetAsync(email, "session_epoch = session_epoch + 1", cancel);

    public async Task RevokeAllSessionsAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand("update identity.session_epochs set epoch = epoch + 1", connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<bool> SetAsync(string email, string assignments, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand($"update identity.accounts set {assignments} where normalized_email = $1", connection);
        command.Parameters.Add(new() { Value = Normalize(email) });

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
