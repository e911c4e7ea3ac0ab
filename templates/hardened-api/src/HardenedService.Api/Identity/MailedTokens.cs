using HardenedService.Platform.Security;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>
/// Tokens that prove someone reads an address: stored hashed, used once, short-lived, bound to the address they went to. A newer one
/// replaces the older of the same purpose.
/// </summary>
internal sealed class MailedTokens(NpgsqlConnection connection, NpgsqlDataSource database)
{
    public const string Confirm = "confirm";

    private const int MaxTries = 5;

    /// <summary>Makes a token, in the transaction at hand.</summary>
    public async Task<string> IssueAsync(Guid accountId, string email, string purpose, TimeSpan lifetime, CancellationToken cancel)
    {
        var token = OpaqueToken.New(OpaqueToken.MailPrefix);

        await using var command = new NpgsqlCommand(
            """
            insert into identity.mailed_tokens (id, token_hash, account_id, purpose, email, expires_at)
            values ($1, $2, $3, $4, $5, now() + $6)
            on conflict (account_id, purpose) do update
            set id = excluded.id,
                token_hash = excluded.token_hash,
                email = excluded.email,
                tries = 0,
                created_at = now(),
                expires_at = excluded.expires_at
            """,
            connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = purpose });
        command.Parameters.Add(new() { Value = email });
        command.Parameters.Add(new() { Value = lifetime });
        await command.ExecuteNonQueryAsync(cancel);

        return token;
    }

    /// <summary>Takes one of the token's five tries, committed at once, so that parallel guesses cannot share one.</summary>
    /// <returns>The account it belongs to, or null if there is no such token any more.</returns>
    public async Task<Guid?> TryAsync(string token, string purpose, CancellationToken cancel)
    {
        if (!OpaqueToken.IsWellFormed(token, OpaqueToken.MailPrefix))
        {
            return null;
        }

        await using var command = database.CreateCommand(
            """
            update identity.mailed_tokens
            set tries = tries + 1
            where token_hash = $1
              and purpose = $2
              and tries < $3
              and expires_at > now()
            returning account_id
            """);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = purpose });
        command.Parameters.Add(new() { Value = MaxTries });

        return (Guid?)await command.ExecuteScalarAsync(cancel);
    }

    /// <summary>Uses the token up, in the transaction at hand. Of parallel calls, one gets true.</summary>
    public async Task<bool> RedeemAsync(string token, string purpose, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "delete from identity.mailed_tokens where token_hash = $1 and purpose = $2", connection);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = purpose });

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }
}
