using System.Text.Encodings.Web;
using System.Text.Json;
using HardenedService.Platform.Auditing;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>
/// What was proved by being done. Each row has an audit record beside it that names its id: whoever edits a row, or makes one up, would have to forge
/// the sealed trail as well, which <c>audit verify</c> finds.
/// </summary>
/// <param name="connectionString">The database in use, as the operator.</param>
internal sealed class EvidenceLog(string connectionString)
{
    // Of a length that can be told beforehand: a check of the table bounds it.
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Insert =
        """
        with evidence as (
          insert into platform.evidence (id, kind, recorded_at, facts)
          values ($1, $2, $3, $4)
        ), record as (
          insert into audit.records (id, organization_id, action, outcome, actor_kind, subject_id)
          values ($5, null, $6, 'success', 'operator', $1)
        )
        insert into audit.pending (record_id)
        values ($5)
        """;

    // The newest, whatever clock it was recorded by; and whether the trail knows of it, at the time that it says: when a record of the trail was made is the
    // database's to say, and sealed.
    private const string Newest =
        """
        select
          e.id,
          e.recorded_at,
          e.facts,
          exists (
            select
            from audit.records r
            where r.subject_id = e.id
              and r.action = $2
              and r.actor_kind = 'operator'
              and r.outcome = 'success'
              and r.occurred_at between e.recorded_at - interval '1 minute' and e.recorded_at + interval '1 minute'
          ),
          now()
        from platform.evidence e
        where e.kind = $1
        order by e.recorded_at desc
        limit 1
        """;

    /// <summary>Writes down what was just done.</summary>
    /// <param name="kind">Of <see cref="EvidenceKind"/>.</param>
    /// <param name="facts">What came of it, as the members of a JSON object.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task WriteAsync(string kind, object facts, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var clock = new NpgsqlCommand("select clock_timestamp()", connection);
        var record = new EvidenceRecord(kind, new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancel))!), JsonSerializer.Serialize(facts, Readable));
        await using var command = new NpgsqlCommand(Insert, connection);
        object[] values = [record.Id, record.Kind, record.RecordedAt, record.Facts, Guid.CreateVersion7(), AuditActions.EvidenceRecorded.Name];
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The newest of a kind; null if there is none.</summary>
    /// <exception cref="InconclusiveException">It was changed, made up, or is from the future.</exception>
    public async Task<(EvidenceRecord Record, TimeSpan Age)?> NewestAsync(string kind, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Newest, connection);
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = AuditActions.EvidenceRecorded.Name });
        await using var row = await command.ExecuteReaderAsync(cancel);

        if (!await row.ReadAsync(cancel))
        {
            return null;
        }

        var record = new EvidenceRecord(kind, new DateTimeOffset(row.GetDateTime(1)), row.GetString(2));
        var age = new DateTimeOffset(row.GetDateTime(4)) - record.RecordedAt;

        return record.Id != row.GetGuid(0) ? throw new InconclusiveException($"the record of {record.RecordedAt:yyyy-MM-dd} was edited: it is not what its id was made of")
            : !row.GetBoolean(3) ? throw new InconclusiveException($"the record of {record.RecordedAt:yyyy-MM-dd} was made up: the audit trail does not know of it, or of another time")
            : age < TimeSpan.Zero ? throw new InconclusiveException($"the newest record is from the future, {record.RecordedAt:yyyy-MM-dd}")
            : (record, age);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);

        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
