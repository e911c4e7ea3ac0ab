using HardenedService.Platform.Privacy;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>The account itself, and all that hangs on it.</summary>
internal sealed class AccountData(NpgsqlConnection connection) : IPersonalData
{
    public bool IsAccount => true;

    public IReadOnlyList<PersonalTable> Tables { get; } =
    [
        new("identity.accounts", "account")
        {
            Holds = "the address, and the hash of the password",
            Purpose = "signing in, and mails about the account",
            Kept = "until it is deleted; one that is never confirmed for `Accounts:KeepUnconfirmed`",
            Query = "select id, email, email_confirmed, mfa_enabled, is_administrator, disabled_at, created_at from identity.accounts where id = $1",
        },
        new("identity.sessions", "sessions")
        {
            Holds = "when and how one signed in, from which IP address, and what the client called itself",
            Purpose = "staying signed in, and recognising a session that is not one's own",
            Kept = "until it ends, at most `Sessions:BearerLifetime`",
            Query =
                """
                select id, transport, assurance, created_at, authenticated_at, last_seen_at, expires_at, host(ip) as ip, user_agent, organization_id
                from identity.sessions
                where account_id = $1
                order by created_at desc, id
                """,
        },
        new("identity.known_networks", "knownNetworks")
        {
            Holds = "the networks that one signed in from: IPv4 addresses, the first half of IPv6 addresses",
            Purpose = "telling of a sign-in from elsewhere; a stranger's wrong passwords do not lock one out",
            Kept = "`Accounts:KeepNetworks` after the last use; the latest one until the account is deleted",
            Query = "select network::text as network, last_used_at from identity.known_networks where account_id = $1 order by last_used_at desc, network",
        },
        new("identity.passkeys", "passkeys")
        {
            Holds = "passkeys: their names, the public halves of their keys, and when each was last used",
            Purpose = "signing in",
            Kept = "until it is removed",
            Query =
                """
                select id, name, transports, sign_count, is_backup_eligible, is_backed_up, created_at, last_used_at
                from identity.passkeys
                where account_id = $1
                order by created_at desc, id
                """,
        },
        new("identity.totp_factors", "authenticatorApps")
        {
            Holds = "the secret that is shared with the authenticator app, encrypted, and since when",
            Purpose = "the second factor",
            Kept = "until it is switched off; one that is never enabled for `Accounts:KeepPendingFactors`",
            Query = "select created_at, enabled_at from identity.totp_factors where account_id = $1",
        },
        new("identity.recovery_codes", "recoveryCodes")
        {
            Holds = "hashes of the recovery codes; the export tells how many are left",
            Purpose = "the day that the authenticator app is gone",
            Kept = "until it is used or replaced",
            Query = "select count(*) as unused, max(created_at) as created_at from identity.recovery_codes where account_id = $1 having count(*) > 0",
        },
        new("identity.one_time_tokens", "oneTimeTokens")
        {
            Holds = "links and steps that are under way, such as a change of address with the new address",
            Purpose = "what a person has begun can be finished, once",
            Kept = "until it is used, at most a day",
            Query = "select purpose, email, created_at, expires_at from identity.one_time_tokens where account_id = $1 order by created_at desc, id",
        },
    ];

    /// <summary>
    /// Locks the sessions and then the account, in the order of all changes, and against whatever would refer to it from now on: a sign-in,
    /// or joining an organization, waits and then finds no account.
    /// </summary>
    public async Task<string?> HoldAsync(Guid userId, CancellationToken cancel)
    {
        await ExecuteAsync(
            [
                "select from identity.sessions where account_id = $1 order by id for update",
                "select from identity.accounts where id = $1 for update",
            ],
            userId,
            cancel);

        return null;
    }

    // All other tables refer to it, and their rows go with it.
    public Task EraseAsync(Guid userId, CancellationToken cancel) => ExecuteAsync(["delete from identity.accounts where id = $1"], userId, cancel);

    private async Task ExecuteAsync(string[] statements, Guid userId, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        Array.ForEach(statements, sql => batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = userId } } }));
        await batch.ExecuteNonQueryAsync(cancel);
    }
}
