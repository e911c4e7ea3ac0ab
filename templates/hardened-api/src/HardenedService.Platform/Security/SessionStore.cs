using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.Security;

/// <summary>
/// Sessions live in PostgreSQL and are looked up on every request, so that one that was ended is refused by the very next
/// request on every replica. All times are the database's.
/// </summary>
/// <param name="database">A pool of its own: work that hogs the main one cannot keep people from being recognised.</param>
/// <param name="options">How long sessions live.</param>
public sealed class SessionStore([FromKeyedServices(SessionStore.Pool)] NpgsqlDataSource database, IOptions<SessionOptions> options)
{
    internal const string Pool = "sessions";

    private const int UserAgentLength = 512;

    /// <summary>Begins a session for an account that has just proved who it is.</summary>
    /// <param name="userId">The account.</param>
    /// <param name="email">The account's address.</param>
    /// <param name="transport">How the token will travel.</param>
    /// <param name="assurance">How the person proved who they are.</param>
    /// <param name="ip">Where the request came from.</param>
    /// <param name="userAgent">What the client calls itself; cut to 512 characters.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The session and its token, which is not stored and cannot be shown again.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task<(Session Session, string Token)> CreateAsync(
        Guid userId, string email, SessionTransport transport, SessionAssurance assurance, IPAddress? ip, string? userAgent, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7();
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);
        var (idle, lifetime) = options.Value.Of(transport);

        await using var command = database.CreateCommand(
            """
            insert into identity.sessions (id, token_hash, account_id, transport, assurance, idle_timeout, expires_at, ip, user_agent)
            values ($1, $2, $3, $4, $5, $6, now() + $7, $8, $9)
            returning created_at, authenticated_at, expires_at
            """);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(new() { Value = NameOf(transport) });
        command.Parameters.Add(new() { Value = NameOf(assurance) });
        command.Parameters.Add(new() { Value = idle });
        command.Parameters.Add(new() { Value = lifetime });
        command.Parameters.Add(new() { Value = (object?)ip ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Inet });
        command.Parameters.Add(new() { Value = (object?)Cut(userAgent) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });

        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        var session = new Session(id, userId, email, transport, assurance, row.GetDateTime(0), row.GetDateTime(1), row.GetDateTime(2));

        return (session, token);
    }

    /// <summary>Ends a session. The next request with its token is refused, on every replica.</summary>
    /// <param name="id">The session.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when the session has.</returns>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public async Task EndAsync(Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("delete from identity.sessions where id = $1");
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(cancel);
    }

    internal async Task<Session?> FindAsync(string token, CancellationToken cancel)
    {
        var (session, seenLately) = await LookUpAsync(token, cancel);

        if (session is not null && !seenLately)
        {
            await TouchAsync(session.Id, cancel);
        }

        return session;
    }

    private async Task<(Session? Session, bool SeenLately)> LookUpAsync(string token, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select s.id, s.account_id, a.email, s.transport, s.assurance, s.created_at, s.authenticated_at, s.expires_at,
                   s.last_seen_at > now() - interval '1 minute'
            from identity.sessions s
            join identity.accounts a on a.id = s.account_id
            where s.token_hash = $1
              and s.expires_at > now()
              and s.last_seen_at + s.idle_timeout > now()
            """);
        command.Parameters.Add(new() { Value = OpaqueToken.Hash(token) });

        await using var row = await command.ExecuteReaderAsync(cancel);

        if (!await row.ReadAsync(cancel))
        {
            return (null, false);
        }

        var session = new Session(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetString(2),
            Enum.Parse<SessionTransport>(row.GetString(3), ignoreCase: true),
            Enum.Parse<SessionAssurance>(row.GetString(4), ignoreCase: true),
            row.GetDateTime(5),
            row.GetDateTime(6),
            row.GetDateTime(7));

        return (session, row.GetBoolean(8));
    }

    // At most once a minute, and the condition again in the statement: parallel requests write one of them.
    private async Task TouchAsync(Guid id, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "update identity.sessions set last_seen_at = now() where id = $1 and last_seen_at <= now() - interval '1 minute'");
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string? Cut(string? userAgent) =>
        userAgent is not { Length: > UserAgentLength } ? userAgent
        : char.IsHighSurrogate(userAgent[UserAgentLength - 1]) ? userAgent[..(UserAgentLength - 1)]
        : userAgent[..UserAgentLength];

    private static string NameOf<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        value.ToString().ToLowerInvariant();
}
