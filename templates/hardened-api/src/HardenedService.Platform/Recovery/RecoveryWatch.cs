using System.Diagnostics.Metrics;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Telemetry;
using Npgsql;

namespace HardenedService.Platform.Recovery;

/// <summary>
/// Tells how long ago the last good backup was made and the last restore was verified, as the operator's console notes them. Where there was
/// none, the database's own age stands: a service that nobody backs up looks like one whose backups have stopped.
/// </summary>
internal sealed class RecoveryWatch(NpgsqlDataSource database, IMeterFactory meters) : IWorker
{
    private const string Ages =
        """
        select
          kind,
          extract(epoch from now() - coalesce(completed_at, (select min(applied_at) from migrations.version_info)))::bigint,
          size,
          extract(epoch from lost)::bigint,
          extract(epoch from took)::bigint
        from unnest(array['backup', 'restore']) as wanted (kind)
        left join platform.recoveries using (kind)
        """;

    private static readonly MetricDefinition BackupAge = new(
        MetricKind.Gauge, "recovery.backup_age", "s", "Time since the last good backup; where there was none, since the database was made.");

    private static readonly MetricDefinition RestoreAge = new(
        MetricKind.Gauge, "recovery.restore_age", "s", "Time since the last restore that was verified; where there was none, since the database was made.");

    private static readonly MetricDefinition BackupSize = new(
        MetricKind.Gauge, "recovery.backup_size", "By", "Size of the last backup that the operator's console made.");

    private static readonly MetricDefinition RecoveryPoint = new(
        MetricKind.Gauge, "recovery.rpo", "s", "What the last restore that the operator's console verified would have lost: from the last transaction in it to the moment that was asked for.");

    private static readonly MetricDefinition RecoveryTime = new(
        MetricKind.Gauge, "recovery.rto", "s", "How long that restore took, until it was verified.");

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Gauge<long> _backup = meters.Gauge(BackupAge);
    private readonly Gauge<long> _restore = meters.Gauge(RestoreAge);
    private readonly Gauge<long> _size = meters.Gauge(BackupSize);
    private readonly Gauge<long> _lost = meters.Gauge(RecoveryPoint);
    private readonly Gauge<long> _took = meters.Gauge(RecoveryTime);

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        await using var command = database.CreateCommand(Ages);
        await using var rows = await command.ExecuteReaderAsync(stopping);

        while (await rows.ReadAsync(stopping))
        {
            var isBackup = rows.GetString(0) == "backup";
            (isBackup ? _backup : _restore).Record(rows.GetInt64(1));

            if (isBackup)
            {
                Record(_size, rows, 2);
            }
            else
            {
                Record(_lost, rows, 3);
                Record(_took, rows, 4);
            }
        }

        return Interval;
    }

    private static void Record(Gauge<long> gauge, NpgsqlDataReader rows, int column)
    {
        if (!rows.IsDBNull(column))
        {
            gauge.Record(rows.GetInt64(column));
        }
    }
}
