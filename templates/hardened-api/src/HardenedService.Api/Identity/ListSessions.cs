using System.Net;
using HardenedService.Platform.Data;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>One's own sessions, the one used last first.</summary>
/// <param name="Items">The sessions that are alive.</param>
public sealed record SessionList(IReadOnlyList<SessionItem> Items);

/// <summary>A session among others.</summary>
/// <param name="Id">The session.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="LastSeenAt">When it was last used, give or take a minute.</param>
/// <param name="Ip">The address that it began from.</param>
/// <param name="UserAgent">What the client called itself.</param>
/// <param name="Assurance">How the person proved who they are.</param>
/// <param name="Current">Whether it is the session of this request.</param>
public sealed record SessionItem(
    Guid Id, DateTime CreatedAt, DateTime LastSeenAt, string? Ip, string? UserAgent, SessionAssurance Assurance, bool Current);

internal static class ListSessions
{
    // More than anybody has; the sweep takes care of the rest.
    private const int Limit = 1000;

    /// <summary>Lists one's own sessions</summary>
    public static async Task<Ok<SessionList>> Handle(Session session, NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select id, created_at, last_seen_at, ip, user_agent, assurance
            from identity.live_sessions
            where account_id = $1
            order by last_seen_at desc, id desc
            limit $2
            """,
            connection);
        command.Parameters.Add(new() { Value = session.UserId });
        command.Parameters.Add(new() { Value = Limit });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var items = new List<SessionItem>();

        while (await rows.ReadAsync(cancel))
        {
            items.Add(new(
                rows.GetGuid(0),
                rows.GetDateTime(1),
                rows.GetDateTime(2),
                rows.IsDBNull(3) ? null : rows.GetFieldValue<IPAddress>(3).ToString(),
                rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.GetEnum<SessionAssurance>(5),
                Current: rows.GetGuid(0) == session.Id));
        }

        return TypedResults.Ok(new SessionList(items));
    }
}
