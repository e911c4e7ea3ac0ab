using System.Diagnostics.Metrics;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Auditing;

/// <summary>
/// Seals records into the chain, batch by batch. Every replica does: while one is at it, the others pass. What is published of the chain's
/// head goes where nobody who writes to the database can change it: whoever rewrites the chain, or cuts it off, is found out by it.
/// </summary>
internal sealed partial class AuditSealer(
    NpgsqlDataSource database, IOptions<AuditOptions> options, IMeterFactory meters, TimeProvider clock, ILogger<AuditSealer> logger)
    : IWorker
{
    /// <summary>Few enough that a batch takes a fraction of the limit on a statement.</summary>
    internal const int BatchSize = 500;

    private static readonly MetricDefinition Sealed = new(
        MetricKind.Counter, "audit.sealed", "{record}", "Audit records that this replica sealed into the chain.");

    private static readonly MetricDefinition Pending = new(
        MetricKind.Gauge, "audit.pending", "{record}", "Audit records that wait to be sealed; the same on every replica.");

    private static readonly MetricDefinition HeadAge = new(
        MetricKind.Gauge, "audit.head_age", "s", "How far the head of the chain lags behind: the age of the oldest record that waits to be sealed, or 0.");

    private readonly Counter<long> _sealed = meters.Counter(Sealed);
    private readonly Gauge<long> _pending = meters.Gauge(Pending);
    private readonly Gauge<long> _headAge = meters.Gauge(HeadAge);

    private long _publishedSequence;
    private long _publishedAt;

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        while (await SealAsync(stopping) == BatchSize)
        {
            // There may be more.
        }

        return options.Value.SealInterval;
    }

    private async Task<int> SealAsync(CancellationToken stopping)
    {
        await using var command = database.CreateCommand("select sealed, waiting, sequence, encode(hash, 'hex'), lag from audit.seal($1)");
        command.Parameters.Add(new() { Value = BatchSize });
        int count;
        (long Sequence, string Hash) head;

        await using (var row = await command.ExecuteReaderAsync(stopping))
        {
            await row.ReadAsync(stopping);
            count = row.GetInt32(0);
            _pending.Record(row.GetInt64(1));
            _headAge.Record((long)row.GetTimeSpan(4).TotalSeconds);
            head = (row.GetInt64(2), row.GetString(3));
        }

        // It is committed by now: nothing is published that could still be rolled back.
        _sealed.Add(count);
        Publish(head.Sequence, head.Hash);

        return count;
    }

    private void Publish(long sequence, string hash)
    {
        if (sequence == _publishedSequence)
        {
            return;
        }

        var isFirst = _publishedSequence == 0;
        var isDue = isFirst
            || sequence - _publishedSequence >= options.Value.PublishEveryRecords
            || clock.GetElapsedTime(_publishedAt) >= options.Value.PublishEvery;

        if (isDue)
        {
            (_publishedSequence, _publishedAt) = (sequence, clock.GetTimestamp());
            LogHead(sequence, hash);
        }
    }

    [LoggerMessage(EventId = 1701, EventName = "AuditHeadPublished", Level = LogLevel.Information, Message = "The head of the audit trail is {Sequence}:{Hash}")]
    private partial void LogHead(long sequence, string hash);
}
