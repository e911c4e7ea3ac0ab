using System.Diagnostics.Metrics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Sweeps;

/// <summary>Deletes what has had its time, batch by batch. Every replica does; what one is at, the others skip.</summary>
internal sealed class Sweeper(IEnumerable<Sweep> sweeps, NpgsqlDataSource database, IOptions<SweepOptions> options, IMeterFactory meters) : IWorker
{
    private static readonly MetricLabel SweepLabel = MetricLabel.Each("sweep", "the name of a sweep");

    private static readonly MetricDefinition Rows = new(
        MetricKind.Counter, "sweep.rows", "{row}", "Rows that had their time and were deleted or ended.", SweepLabel);

    private readonly Counter<long> _rows = meters.Counter(Rows);
    private readonly int _timeout = DatabasePool.Seconds(options.Value.CommandTimeout);
    private readonly string _limit = $"{DatabasePool.ServerLimit(DatabasePool.Seconds(options.Value.CommandTimeout))}";

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

    // One implicit transaction, to which the settings are confined: the connection goes back to the pool of the requests. The name is what
    // the policies of tenants' tables know a sweep by, which works for no organization.
    private async Task<int> DeleteAsync(Sweep sweep, CancellationToken stopping)
    {
        await using var batch = database.CreateBatch();
        batch.Timeout = _timeout;
        batch.BatchCommands.Add(new("select set_config('statement_timeout', $1, true), set_config('app.sweep', $2, true)")
        {
            Parameters = { new() { Value = _limit }, new() { Value = sweep.Name } },
        });
        batch.BatchCommands.Add(new(sweep.Sql) { Parameters = { new() { Value = options.Value.BatchSize }, new() { Value = sweep.Keep } } });
        await batch.ExecuteNonQueryAsync(stopping);
        var rows = batch.BatchCommands[1].RecordsAffected;
        _rows.Add(rows, SweepLabel.Is(sweep.Name));

        return rows;
    }
}
