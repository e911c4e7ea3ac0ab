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
          extract(epoch from now() - coalesce(completed_at, (select min(applied_at) from migrations.version_info)))::bigint
        from unnest(array['backup', 'restore']) as wanted (kind)
        left join platform.recoveries using (kind)
        """;

    private static readonly MetricDefinition BackupAge = new(
        MetricKind.Gauge, "recovery.backup_age", "s", "Time since the last good backup; where there was none, since the database was made.");

    private static readonly MetricDefinition RestoreAge = new(
        MetricKind.Gauge, "recovery.restore_age", "s", "Time since the last restore that was verified; where there was none, since the database was made.");

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Gauge<long> _backup = meters.Gauge(BackupAge);
    private readonly Gauge<long> _restore = meters.Gauge(RestoreAge);

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        await using var command = database.CreateCommand(Ages);
        await using var rows = await command.ExecuteReaderAsync(stopping);

        while (await rows.ReadAsync(stopping))
        {
            (rows.GetString(0) == "backup" ? _backup : _restore).Record(rows.GetInt64(1));
        }

        return Interval;
    }
}
