using System.Net;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Api.Organizations;

/// <summary>Audit records of the organization, the newest first.</summary>
/// <param name="Items">The records.</param>
/// <param name="NextCursor">Asks for the next page; null if there is none.</param>
public sealed record AuditList(IReadOnlyList<AuditItem> Items, string? NextCursor);

/// <summary>What somebody did in the organization.</summary>
/// <param name="Id">The record.</param>
/// <param name="OccurredAt">When, by the database's clock.</param>
/// <param name="Action">What: a name from the list of audited actions.</param>
/// <param name="Outcome">What came of it: `success` or `refused`.</param>
/// <param name="ActorKind">Who it was: an `account`, the `operator`, or `nobody` who said who they are.</param>
/// <param name="ActorId">Their account, if they have one; it can be deleted by now.</param>
/// <param name="SubjectId">What it was done to, or null.</param>
/// <param name="SessionId">The session that it was done in, or null.</param>
/// <param name="TraceId">The trace of the request, or null.</param>
/// <param name="Ip">Where it was done from; null if unknown or erased.</param>
/// <param name="Email">The address that was given for it; null if none was, or it is erased.</param>
/// <param name="UserAgent">What the client called itself; null if unknown or erased.</param>
public sealed record AuditItem(
    Guid Id,
    DateTime OccurredAt,
    string Action,
    string Outcome,
    string ActorKind,
    Guid? ActorId,
    Guid? SubjectId,
    Guid? SessionId,
    string? TraceId,
    string? Ip,
    string? Email,
    string? UserAgent);

internal static class ListAudit
{
    /// <summary>Lists what was done in the organization</summary>
    /// <remarks>For its administrators. What concerns the members' own accounts, such as signing in, is not among it.</remarks>
    public static async Task<Results<Ok<AuditList>, ProblemHttpResult>> Handle(
        [AsParameters] PageRequest page, Session session, NpgsqlConnection connection, Cursors cursors, CancellationToken cancel)
    {
        string[] scope = ["audit", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var after, scope))
        {
            return Cursors.Refusal();
        }

        // The wall lets nothing else through; the condition is for the index, which an "or" of two policies would not use.
        await using var command = new NpgsqlCommand(
            """
            select r.id, r.occurred_at, r.action, r.outcome, r.actor_kind, r.actor_id, r.subject_id, r.session_id, r.trace_id, d.ip, d.email, d.user_agent
            from audit.records r
            left join audit.details d on d.record_id = r.id
            where r.organization_id = $1
              and ($2 is null or (r.occurred_at, r.id) < ($2, $3))
            order by r.occurred_at desc, r.id desc
            limit $4
            """,
            connection);
        command.Parameters.Add(new() { Value = session.OrganizationId });
        command.Parameters.Add(new() { Value = (object?)after?.OccurredAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = (object?)after?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        var (items, next) = await command.ReadPageAsync(page, Item, last => cursors.Write(new Position(last.OccurredAt, last.Id), scope), cancel);

        return TypedResults.Ok(new AuditList(items, next));
    }

    private static AuditItem Item(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetDateTime(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        Id(row, 5),
        Id(row, 6),
        Id(row, 7),
        Text(row, 8),
        row.IsDBNull(9) ? null : row.GetFieldValue<IPAddress>(9).ToString(),
        Text(row, 10),
        Text(row, 11));

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private sealed record Position(DateTime OccurredAt, Guid Id);
}
