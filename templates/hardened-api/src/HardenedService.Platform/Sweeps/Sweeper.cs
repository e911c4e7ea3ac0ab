using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Sweeps;

/// <summary>Deletes what has had its time, batch by batch. Every replica does; what one is at, the others skip.</summary>
internal sealed partial class Sweeper(
    IEnumerable<Sweep> sweeps,
    NpgsqlDataSource database,
    IOptions<SweepOptions> options,
    IMeterFactory meters,
    TimeProvider clock,
    ILogger<Sweeper> logger)
    : BackgroundService
{
    private readonly Counter<long> _rows = meters.Counter("sweep.rows", "{row}", "Rows that had their time and were deleted.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var sweep in sweeps)
            {
                await TrySweepAsync(sweep, stoppingToken);
            }

            await Task.Delay(options.Value.Interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // One that fails does not keep the others from their work.
    private async Task TrySweepAsync(Sweep sweep, CancellationToken stopping)
    {
        try
        {
            while (await DeleteAsync(sweep, stopping) == options.Value.BatchSize)
            {
                // There may be more.
            }
        }
        catch (Exception exception)
        {
            if (!stopping.IsCancellationRequested)
            {
                LogFailed(exception, sweep.Name);
            }
        }
    }

    private async Task<int> DeleteAsync(Sweep sweep, CancellationToken stopping)
    {
        await using var command = database.CreateCommand(sweep.Sql);
        command.Parameters.Add(new() { Value = options.Value.BatchSize });
        command.Parameters.Add(new() { Value = sweep.Keep });
        var rows = await command.ExecuteNonQueryAsync(stopping);
        _rows.Add(rows, new KeyValuePair<string, object?>("sweep", sweep.Name));

        return rows;
    }

    [LoggerMessage(EventId = 1501, Level = LogLevel.Error, Message = "The sweep of {Sweep} failed and will be tried again")]
    private partial void LogFailed(Exception exception, string sweep);
}
