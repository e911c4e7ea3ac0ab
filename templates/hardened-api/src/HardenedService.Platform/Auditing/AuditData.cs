using HardenedService.Platform.Privacy;
using Npgsql;

namespace HardenedService.Platform.Auditing;

/// <summary>What the audit trail tells of a person. What can be told of them by it is erased; that somebody did something is not.</summary>
internal sealed class AuditData(NpgsqlConnection connection) : IPersonalData
{
    public IReadOnlyList<PersonalTable> Tables { get; } =
    [
        new("audit.records", "auditRecords")
        {
            Holds = "what they did, and what was done to their account and memberships: when, in which session, organization and trace",
            Purpose = "to find out what happened, and to prove it",
            Kept = "for good",
            Erasure = "kept, as the chain of the audit trail needs every record: it names people by ids alone, which lead to nobody any more",
            Query =
                """
                select id, occurred_at, action, outcome, actor_kind, actor_id, subject_id, organization_id, session_id, trace_id
                from audit.records
                where actor_id = $1
                   or subject_id = $1
                order by occurred_at desc
                """,
        },
        new("audit.details", "auditDetails")
        {
            Holds = "beside a record: the address that they did it from, what their client called itself, the mail address that was given",
            Purpose = "to recognise whoever acts in somebody else's name",
            Kept = "365 days (`Audit:KeepDetails`)",
            Query =
                """
                select d.record_id, d.recorded_at, host(d.ip) as ip, d.email, d.user_agent
                from audit.records r
                join audit.details d on d.record_id = r.id
                where r.actor_id = $1
                   or r.subject_id = $1
                order by r.occurred_at desc
                """,
        },
    ];

    public async Task EraseAsync(Guid userId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select audit.erase_person($1)", connection);
        command.Parameters.Add(new() { Value = userId });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
