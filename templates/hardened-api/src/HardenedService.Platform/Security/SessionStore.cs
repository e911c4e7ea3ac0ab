using HardenedService.Platform.Data;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.Security;

/// <summary>
/// Begins and ends sessions, in the request's transaction. What ends here is refused by the very next request after the commit, on every
/// replica. All times are the database's.
/// </summary>
/// <param name="connection">The request's connection.</param>
/// <param name="work">The transaction on it, without which nothing here works.</param>
/// <param name="options">How long sessions live.</param>
public sealed class SessionStore(NpgsqlConnection connection, UnitOfWork work, IOptions<SessionOptions> options)
{
    /// <summary>
    /// Begins a session for an account that has just proved who it is. It acts in the organization that the person joined first, if any; and
    /// the transaction acts as that person from here on.
    /// </summary>
    /// <param name="accountId">The account.</param>
    /// <param name="epoch">
    /// The account's session epoch as it was before the proof was looked at: when the password is changed meanwhile, the old one opens nothing.
    /// </param>
    /// <param name="client">Who asks for it.</param>
    /// <param name="assurance">How the person proved who they are.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The session; null if the account was disabled or deleted, or all its sessions were ended, in the meantime.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<IssuedSession?> CreateAsync(Guid accountId, int epoch, SessionClient client, SessionAssurance assurance, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(client);
        var id = Guid.CreateVersion7();
        await work.ActAsAsync(accountId, cancel);
        var (idle, lifetime) = options.Value.Of(client.Transport);

        return await IssueAsync(
            id,
            """
            insert into identity.sessions
              (id, token_hash, account_id, epoch, transport, assurance, idle_timeout, expires_at, ip, user_agent, organization_id, organization_role)
            select $1, $2, a.id, a.session_epoch + e.epoch, $5, $6, $7, now() + $8, $9, $10, m.organization_id, m.role
            from identity.accounts a
            cross join identity.session_epochs e
            left join lateral (
              select organization_id, role
              from tenancy.members
              where account_id = a.id
              order by created_at, organization_id
              limit 1
            ) m on true
            where a.id = $3
              and a.session_epoch = $4
            """,
            cancel,
            new() { Value = accountId },
            new() { Value = epoch },
            new() { Value = EnumColumns.Name(client.Transport) },
            new() { Value = EnumColumns.Name(assurance) },
            new() { Value = idle },
            new() { Value = lifetime },
            new() { Value = (object?)client.Address ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Inet },
            new() { Value = (object?)client.UserAgent ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
    }

    /// <summary>Gives a session another token after its owner has proved again who they are. The old token is dead, the session fresh.</summary>
    /// <param name="session">The session.</param>
    /// <param name="assurance">How the person proved who they are this time.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The session; null if it has ended, or got another token, in the meantime.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public Task<IssuedSession?> RotateAsync(Session session, SessionAssurance assurance, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(session);

        return IssueAsync(
            session.Id,
            """
            update identity.sessions s
            set token_hash = $2,
                assurance = $3,
                authenticated_at = now(),
                last_seen_at = now()
            from identity.live_sessions live
            where s.id = $1
              and s.token_hash = $4
              and live.id = s.id
            """,
            cancel,
            new NpgsqlParameter { Value = EnumColumns.Name(assurance) },
            new NpgsqlParameter { Value = session.TokenHash });
    }

    /// <summary>Ends one session of an account.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The session.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>False if the account has no such session.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<bool> EndAsync(Guid accountId, Guid id, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("delete from identity.sessions where account_id = $1 and id = $2", Connection)
        {
            Parameters = { new() { Value = accountId }, new() { Value = id } },
        };

        return await command.ExecuteNonQueryAsync(cancel) > 0;
    }

    /// <summary>Ends all sessions of an account, one excepted, and every sign-in that is under way. It locks the account.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="except">The session that stays; null for none.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>False if the session that was to stay had ended in the meantime: what it asked for must not happen.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<bool> EndAllAsync(Guid accountId, Guid? except, CancellationToken cancel)
    {
        var kept = new NpgsqlParameter { Value = (object?)except ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                // Ahead of the account, so that it alone is alive when that follows.
                new(
                    """
                    update identity.sessions s
                    set epoch = s.epoch + 1
                    from identity.live_sessions live
                    where s.id = $1
                      and s.account_id = $2
                      and live.id = s.id
                    """)
                {
                    Parameters = { kept, new() { Value = accountId } },
                },
                new("update identity.accounts set session_epoch = session_epoch + 1 where id = $1") { Parameters = { new() { Value = accountId } } },
                new("select $1 is null or exists (select from identity.live_sessions where id = $1)") { Parameters = { kept.Clone() } },
            },
        };

        return (bool)(await batch.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>
    /// Keeps an account's sessions from being ended until the commit, and tells their epoch: whoever notes it can tell later on whether all
    /// sessions were ended in between.
    /// </summary>
    /// <param name="accountId">The account.</param>
    /// <param name="sessionId">A session that has to be alive; null for none.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The epoch; null if the account is disabled or gone, or the session has ended.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<int?> HoldAsync(Guid accountId, Guid? sessionId, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                // First and by itself: what the next statement sees is what there is once the lock is ours.
                new("select 1 from identity.accounts where id = $1 for no key update") { Parameters = { new() { Value = accountId } } },
                new(
                    """
                    select a.session_epoch + e.epoch
                    from identity.accounts a
                    cross join identity.session_epochs e
                    where a.id = $1
                      and a.disabled_at is null
                      and ($2 is null or exists (select from identity.live_sessions where id = $2 and account_id = $1))
                    """)
                {
                    Parameters =
                    {
                        new() { Value = accountId },
                        new() { Value = (object?)sessionId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                    },
                },
            },
        };

        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.NextResultAsync(cancel);

        return await rows.ReadAsync(cancel) ? rows.GetInt32(0) : null;
    }

    // A new token for the session that the statement makes or changes, its $1 and $2; and the session as the next request will find it.
    private async Task<IssuedSession?> IssueAsync(Guid id, string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);
        var hash = OpaqueToken.Hash(token);
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                new(sql) { Parameters = { new() { Value = id }, new() { Value = hash } } },
                new($"select {SessionRow.Columns} from identity.live_sessions s where s.token_hash = $1")
                {
                    Parameters = { new() { Value = hash }, new() { Value = options.Value.FreshFor } },
                },
            },
        };
        Array.ForEach(parameters, parameter => batch.BatchCommands[0].Parameters.Add(parameter));
        await using var row = await batch.ExecuteReaderAsync(cancel);

        return await row.ReadAsync(cancel) ? new IssuedSession(SessionRow.Read(row), token) : null;
    }

    private NpgsqlConnection Connection => work.IsOpen
        ? connection
        : throw new InvalidOperationException("Sessions begin and end in a transaction: begin one on the UnitOfWork first.");
}
