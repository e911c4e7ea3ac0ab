using HardenedService.Platform.Security;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>
/// The secrets that people share with their authenticator apps, in the transaction at hand. They are encrypted by the key ring, each for its
/// account alone. What time it is, the database says: the clock of a replica does not matter.
/// </summary>
internal sealed class TotpFactors(NpgsqlConnection connection, IDataProtectionProvider protection)
{
    private const string Purpose = "TotpSecret";

    /// <summary>Keeps a secret until it is enabled, in place of one that was not.</summary>
    /// <returns>False if one is enabled already.</returns>
    public async Task<bool> SetUpAsync(Guid accountId, byte[] secret, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into identity.totp_factors (account_id, secret)
            values ($1, $2)
            on conflict (account_id) do update
            set secret = excluded.secret,
                created_at = now()
            where totp_factors.enabled_at is null
            """,
            connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = Protector(accountId).Protect(secret) });

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>Forgets a secret that was set up and not enabled: whoever set it up may be somebody else.</summary>
    public async Task ForgetPendingAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from identity.totp_factors where account_id = $1 and enabled_at is null", connection);
        command.Parameters.Add(new() { Value = accountId });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Enables the secret that was set up, by a code of it, which is used up.</summary>
    /// <returns>False if there is none that waits for it, or the code is not its own.</returns>
    public Task<bool> EnableAsync(Guid accountId, string code, CancellationToken cancel) => UseAsync(accountId, isEnabled: false, code, cancel);

    /// <summary>Uses a code of the enabled secret up.</summary>
    /// <returns>False if the code is wrong, or was used before, or there is no secret that opens.</returns>
    public Task<bool> UseAsync(Guid accountId, string code, CancellationToken cancel) => UseAsync(accountId, isEnabled: true, code, cancel);

    /// <summary>Whether the enabled secret can still be opened.</summary>
    public async Task<bool> IsUsableAsync(Guid accountId, CancellationToken cancel) =>
        await FindAsync(accountId, isEnabled: true, cancel) is { } factor && Open(accountId, factor.Secret) is not null;

    public async Task RemoveAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from identity.totp_factors where account_id = $1", connection);
        command.Parameters.Add(new() { Value = accountId });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<bool> UseAsync(Guid accountId, bool isEnabled, string code, CancellationToken cancel)
    {
        if (await FindAsync(accountId, isEnabled, cancel) is not { } factor
            || Open(accountId, factor.Secret) is not { } secret
            || Totp.StepOf(secret, code, factor.Step) is not { } step)
        {
            return false;
        }

        // The row decides, and not what was read of it: of many calls with one code the first takes the step, and the others find it taken.
        await using var command = new NpgsqlCommand(
            """
            update identity.totp_factors
            set last_step = $4,
                enabled_at = coalesce(enabled_at, now())
            where account_id = $1
              and secret = $2
              and (enabled_at is not null) = $3
              and last_step < $4
            """,
            connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = factor.Secret });
        command.Parameters.Add(new() { Value = isEnabled });
        command.Parameters.Add(new() { Value = step });

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    private async Task<(byte[] Secret, long Step)?> FindAsync(Guid accountId, bool isEnabled, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select secret, floor(extract(epoch from now()))::bigint
            from identity.totp_factors
            where account_id = $1
              and (enabled_at is not null) = $2
            """,
            connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = isEnabled });
        await using var row = await command.ExecuteReaderAsync(cancel);

        return await row.ReadAsync(cancel) ? (row.GetFieldValue<byte[]>(0), Totp.StepAt(row.GetInt64(1))) : null;
    }

    // Null once the key ring has lost its key: then the recovery codes are what is left.
    private byte[]? Open(Guid accountId, byte[] secret) => Protector(accountId).TryUnprotect(secret);

    private IDataProtector Protector(Guid accountId) => protection.CreateProtector(Purpose, $"{accountId:D}");
}
