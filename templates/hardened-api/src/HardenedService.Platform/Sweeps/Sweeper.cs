using System.Diagnostics.Metrics;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Sweeps;

/// <summary>Deletes what has had its time, batch by batch. Every replica does; what one is at, the others skip.</summary>
internal sealed class Sweeper(IEnumerable<Sweep> sweeps, NpgsqlDataSource database, IOptions<SweepOptions> options, IMeterFactory meters) : IWorker
{
    private readonly Counter<long> _rows = meters.Counter("sweep.rows", "{row}", "Rows that had their time and were deleted.");

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        List<Exception> failures = [];

        foreach (var sweep in sweeps)
        {
            try
            {
                while (await DeleteAsync(sweep, stopping) == options.Value.BatchSize)
                {
                    // There may be more.
                }
            }
            catch (NpgsqlException exception)
            {
                // One that fails does not keep the others from their work.
                failures.Add(new InvalidOperationException($"The sweep of {sweep.Name} failed.", exception));
            }
        }

        return failures.Count == 0 ? options.Value.Interval : throw new AggregateException(failures);
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
}
