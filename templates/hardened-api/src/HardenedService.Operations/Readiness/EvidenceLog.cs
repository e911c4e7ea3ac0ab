using System.Text.Encodings.Web;
using System.Text.Json;
using HardenedService.Platform.Auditing;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>
/// What was proved by being done. Each row has an audit record beside it that names its id: whoever edits a row, or makes one up, would have to forge
/// the sealed trail as well, which <c>audit verify</c> finds.
/// </summary>
/// <param name="open">Opens a connection to the database in use, as the operator.</param>
internal sealed class EvidenceLog(Func<CancellationToken, Task<NpgsqlConnection>> open)
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
          returning id, occurred_at
        ), pending as (
          insert into audit.pending (record_id)
          select id
          from record
        )
        select occurred_at
        from record
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

    // Of the records that the trail knows of and that are not there any more.
    private const string Lost =
        """
        select max(r.occurred_at)
        from audit.records r
        where r.action = $1
          and r.actor_kind = 'operator'
          and r.outcome = 'success'
          and not exists (
            select
            from platform.evidence e
            where e.id = r.subject_id
          )
        """;

    // What is written later than it says would be taken for made up.
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(30);

    // It takes a look at the whole trail: once is enough for a report, also if it failed.
    private (DateTimeOffset? At, InconclusiveException? Failure)? _lost;

    /// <param name="connectionString">The database in use, as the operator.</param>
    public EvidenceLog(string connectionString)
        : this(cancel => OpenAsync(connectionString, cancel))
    {
    }

    /// <summary>Writes down what was just done.</summary>
    /// <param name="kind">Of <see cref="EvidenceKind"/>.</param>
    /// <param name="facts">What came of it, as the members of a JSON object.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="InconclusiveException">The database took too long; nothing is written.</exception>
    public async Task WriteAsync(string kind, object facts, CancellationToken cancel)
    {
        await using var connection = await open(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var record = new EvidenceRecord(kind, await NowAsync(connection, cancel), JsonSerializer.Serialize(facts, Readable));
        await using var command = Command(Insert, connection, record.Id, record.Kind, record.RecordedAt, record.Facts, Guid.CreateVersion7(), AuditActions.EvidenceRecorded.Name);

        if (Time(await command.ExecuteScalarAsync(cancel)) - record.RecordedAt > LongestWrite)
        {
            throw new InconclusiveException($"{kind} is not recorded: the database took too long. Try again.");
        }

        await transaction.CommitAsync(cancel);
    }

    /// <summary>The newest of a kind; null if there is none.</summary>
    /// <exception cref="InconclusiveException">It was changed, made up, is from the future, or there was a newer record of whatever kind that is gone.</exception>
    public async Task<(EvidenceRecord Record, TimeSpan Age)?> NewestAsync(string kind, CancellationToken cancel)
    {
        await using var connection = await open(cancel);
        var lost = await LostAsync(connection, cancel);
        await using var command = Command(Newest, connection, kind, AuditActions.EvidenceRecorded.Name);
        await using var row = await command.ExecuteReaderAsync(cancel);

        if (!await row.ReadAsync(cancel))
        {
            return lost is { } gone ? throw Deleted(gone) : null;
        }

        var record = new EvidenceRecord(kind, new DateTimeOffset(row.GetDateTime(1)), row.GetString(2));
        var age = new DateTimeOffset(row.GetDateTime(4)) - record.RecordedAt;

        return record.Id != row.GetGuid(0) ? throw new InconclusiveException($"the record of {record.RecordedAt:yyyy-MM-dd} was edited: it is not what its id was made of")
            : !row.GetBoolean(3) ? throw new InconclusiveException($"the record of {record.RecordedAt:yyyy-MM-dd} was made up: the audit trail does not know of it, or of another time")
            : age < -Holding.ClockSkew ? throw new InconclusiveException($"the newest record is from the future, {record.RecordedAt:yyyy-MM-dd}")
            : lost > record.RecordedAt ? throw Deleted(lost.Value)
            : (record, age);
    }

    /// <summary>When the first of a kind was recorded; null if none was.</summary>
    public async Task<DateTimeOffset?> FirstAsync(string kind, CancellationToken cancel)
    {
        await using var connection = await open(cancel);
        await using var command = Command("select min(recorded_at) from platform.evidence where kind = $1", connection, kind);

        return Time(await command.ExecuteScalarAsync(cancel));
    }

    // Of which kind it was, nobody knows any more: whatever is as old may have been followed by it. What is done anew is not.
    private static InconclusiveException Deleted(DateTimeOffset at) =>
        new(FormattableString.Invariant($"a record was deleted: the audit trail knows of one of {at.UtcDateTime:yyyy-MM-dd HH:mm}, and nothing newer proves this. Do it anew"));

    private async Task<DateTimeOffset?> LostAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (_lost is null)
        {
            await using var command = Command(Lost, connection, AuditActions.EvidenceRecorded.Name);
            _lost = (null, new("whether a record was deleted cannot be told: the audit trail could not be looked through, or not in time"));

            try
            {
                _lost = (Time(await command.ExecuteScalarAsync(cancel)), null);
            }
            catch (NpgsqlException)
            {
                // Told below, as to whoever asks next.
            }
        }

        return _lost is { Failure: { } failure } ? throw failure : _lost?.At;
    }

    private static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = Command("select clock_timestamp()", connection);

        return Time(await command.ExecuteScalarAsync(cancel))!.Value;
    }

    private static DateTimeOffset? Time(object? value) => value is DateTime time ? new DateTimeOffset(time) : null;

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));

        return command;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancel)
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
