using HardenedService.Platform.Security;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Api.Identity;

/// <summary>What a one-time token is for, how long it lives, and how often somebody may try.</summary>
/// <param name="Name">As the database spells it.</param>
/// <param name="Prefix">What its tokens begin with.</param>
/// <param name="Lifetime">How long it works, by the database clock.</param>
/// <param name="Tries">How often it may be presented before it is dead, right or wrong.</param>
internal sealed record TokenPurpose(string Name, string Prefix, TimeSpan Lifetime, int Tries)
{
    public static readonly TokenPurpose Confirm = new("confirm", OpaqueToken.MailPrefix, TimeSpan.FromHours(24), Tries: 5);
    public static readonly TokenPurpose Reset = new("reset", OpaqueToken.MailPrefix, TimeSpan.FromHours(1), Tries: 5);
    public static readonly TokenPurpose ChangeEmail = new("change_email", OpaqueToken.MailPrefix, TimeSpan.FromHours(24), Tries: 5);
    public static readonly TokenPurpose Mfa = new("mfa", OpaqueToken.TicketPrefix, TimeSpan.FromMinutes(10), Tries: 5);
    public static readonly TokenPurpose PasskeyCreation = new("passkey_creation", OpaqueToken.TicketPrefix, TimeSpan.FromMinutes(10), Tries: 1);
    public static readonly TokenPurpose PasskeyAssertion = new("passkey_assertion", OpaqueToken.TicketPrefix, TimeSpan.FromMinutes(10), Tries: 1);
}

/// <summary>What is known of a token that was presented.</summary>
/// <param name="AccountId">The account that it belongs to; null if nobody had said who they are.</param>
/// <param name="Email">The address that it was mailed to; null for a ticket.</param>
/// <param name="State">What the ceremony had to remember, or null.</param>
internal sealed record OneTimeToken(Guid? AccountId, string? Email, string? State);

/// <summary>
/// Tokens that work once: those that prove that somebody reads an address, and tickets between the steps of a sign-in or a ceremony. Stored
/// hashed and short-lived. A newer one that is mailed replaces the older of its purpose.
/// </summary>
internal sealed class OneTimeTokens(NpgsqlConnection connection, NpgsqlDataSource database)
{
    /// <summary>Makes a token that will be mailed, in the transaction at hand.</summary>
    public Task<string> IssueMailedAsync(TokenPurpose purpose, Guid accountId, string email, string? state, CancellationToken cancel) =>
        IssueAsync(purpose, accountId, email, state, cancel);

    /// <summary>Makes a ticket, in the transaction at hand.</summary>
    public Task<string> IssueTicketAsync(TokenPurpose purpose, Guid? accountId, string? state, CancellationToken cancel) =>
        IssueAsync(purpose, accountId, email: null, state, cancel);

    /// <summary>Takes one of the token's tries, committed at once, so that parallel guesses cannot share one.</summary>
    /// <returns>What is known of it, or null if there is no such token any more.</returns>
    public Task<OneTimeToken?> TryAsync(TokenPurpose purpose, string token, CancellationToken cancel) =>
        ReadAsync(
            """
            update identity.one_time_tokens
            set tries = tries + 1
            where token_hash = $1
              and purpose = $2
              and tries < $3
              and expires_at > now()
            returning account_id, email, state
            """,
            purpose,
            token,
            cancel);

    /// <summary>Looks at a token that nothing else has to be guessed for.</summary>
    /// <returns>What is known of it, or null if there is no such token any more.</returns>
    public Task<OneTimeToken?> FindAsync(TokenPurpose purpose, string token, CancellationToken cancel) =>
        ReadAsync(
            """
            select account_id, email, state
            from identity.one_time_tokens
            where token_hash = $1
              and purpose = $2
              and tries < $3
              and expires_at > now()
            """,
            purpose,
            token,
            cancel);

    /// <summary>Uses the token up, in the transaction at hand. Of parallel calls, one gets true; the others wait for its commit.</summary>
    public async Task<bool> RedeemAsync(TokenPurpose purpose, string token, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            delete from identity.one_time_tokens
            where token_hash = $1
              and purpose = $2
              and expires_at > now()
            """,
            connection);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = purpose.Name });

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>Kills all of an account's tokens, in the transaction at hand: links and steps that a change has overtaken.</summary>
    public async Task RevokeAllAsync(Guid accountId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from identity.one_time_tokens where account_id = $1", connection);
        command.Parameters.Add(new() { Value = accountId });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<OneTimeToken?> ReadAsync(string sql, TokenPurpose purpose, string token, CancellationToken cancel)
    {
        if (!OpaqueToken.IsWellFormed(token, purpose.Prefix))
        {
            return null;
        }

        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = purpose.Name });
        command.Parameters.Add(new() { Value = purpose.Tries });
        await using var row = await command.ExecuteReaderAsync(cancel);

        return await row.ReadAsync(cancel)
            ? new OneTimeToken(await Value<Guid?>(0), await Value<string>(1), await Value<string>(2))
            : null;

        async Task<T?> Value<T>(int column) => await row.IsDBNullAsync(column, cancel) ? default : row.GetFieldValue<T>(column);
    }

    private async Task<string> IssueAsync(TokenPurpose purpose, Guid? accountId, string? email, string? state, CancellationToken cancel)
    {
        var token = OpaqueToken.New(purpose.Prefix);
        await using var command = new NpgsqlCommand(
            """
            insert into identity.one_time_tokens (id, token_hash, purpose, account_id, email, state, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + $7)
            on conflict (account_id, purpose) where email is not null do update
            set id = excluded.id,
                token_hash = excluded.token_hash,
                email = excluded.email,
                state = excluded.state,
                tries = 0,
                created_at = now(),
                expires_at = excluded.expires_at
            """,
            connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = purpose.Name });
        command.Parameters.Add(new() { Value = (object?)accountId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (object?)email ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)state ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = purpose.Lifetime });
        await command.ExecuteNonQueryAsync(cancel);

        return token;
    }
}
