using HardenedService.Operations.Readiness;
using HardenedService.Platform.Auditing;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Records of what was done, as of another day.</summary>
internal static class PlantedEvidence
{
    /// <summary>As if it had been written then, with what the audit trail knows of it.</summary>
    public static async Task PlantAsync(this TestDatabase database, string kind, string facts, TimeSpan age)
    {
        var now = (DateTime)(await Sql.RunAsync(database.AdminConnectionString, "select now()"))!;
        var record = new EvidenceRecord(kind, new DateTimeOffset(now) - age, facts);
        var at = FormattableString.Invariant($"{record.RecordedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}Z");
        await Sql.RunAsync(
            database.AdminConnectionString,
            $"""
            insert into platform.evidence values ('{record.Id}', '{kind}', '{at}', '{facts}');
            with record as (
              insert into audit.records (id, occurred_at, action, outcome, actor_kind, subject_id)
              values (gen_random_uuid(), '{at}', '{AuditActions.EvidenceRecorded.Name}', 'success', 'operator', '{record.Id}')
              returning id
            )
            insert into audit.pending (record_id)
            select id
            from record
            """);
    }

    /// <summary>As if nothing had ever been done.</summary>
    public static Task ForgetEvidenceAsync(this TestDatabase database) => Sql.RunAsync(
        database.AdminConnectionString,
        "delete from platform.evidence; delete from audit.seals; delete from audit.pending; delete from audit.records");
}
