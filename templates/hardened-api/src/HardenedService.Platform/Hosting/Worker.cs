using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HardenedService.Platform.Hosting;

/// <summary>Work that goes on in the background for as long as the service runs, pass by pass.</summary>
public interface IWorker
{
    /// <summary>Does what there is to do. Whatever it throws is logged and counted, and the next pass comes after a pause that grows.</summary>
    /// <param name="stopping">Fires at shutdown.</param>
    /// <returns>How long to wait before the next pass.</returns>
    Task<TimeSpan> PassAsync(CancellationToken stopping);

    /// <summary>Ends what the passes left behind, after the last of them. By default there is nothing.</summary>
    /// <param name="deadline">Fires when the time for shutdown is over.</param>
    /// <returns>A task that ends when it is done.</returns>
    Task FinishAsync(CancellationToken deadline) => Task.CompletedTask;
}

/// <summary>Workers as features register them.</summary>
public static class WorkerExtensions
{
    /// <summary>Runs a worker beside the requests. It is made when the service starts: a constructor that throws stops the start.</summary>
    /// <typeparam name="TWorker">The worker, a singleton.</typeparam>
    /// <param name="services">The application's services.</param>
    public static void AddWorker<TWorker>(this IServiceCollection services)
        where TWorker : class, IWorker
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WorkerMetrics>();
        services.TryAddSingleton<WorkerPasses>();
        services.AddSingleton<TWorker>();
        services.AddHostedService<WorkerLoop<TWorker>>();
    }
}

/// <summary>Passes of one worker, one after the other, until shutdown. A failure ends the pass and never the loop.</summary>
internal sealed partial class WorkerLoop<TWorker>(
    TWorker worker, WorkerMetrics metrics, WorkerPasses passes, TimeProvider clock, ILogger<TWorker> logger)
    : BackgroundService
    where TWorker : class, IWorker
{
    private const int LongestPauseSeconds = 30;

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private Task? _finished;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // The host may be stopped by two callers at once, the first of which to come back disposes it.
        Task finished;

        lock (_gate)
        {
            finished = _finished ??= FinishAsync(cancellationToken);
        }

        await finished;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;

        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan wait;

            try
            {
                passes.Begin(typeof(TWorker).Name);
                wait = Checked(await worker.PassAsync(stoppingToken));
                failures = 0;
                passes.End(typeof(TWorker).Name);
            }
            catch (Exception exception)
            {
                if (stoppingToken.IsCancellationRequested)
                {
                    return;
                }

                // Its own token's cancellation, or one of somebody else's, is a failure as any other.
                passes.Fail(typeof(TWorker).Name);
                wait = PauseAfter(++failures);
                metrics.Failed(typeof(TWorker).Name);
                LogFailed(exception, typeof(TWorker).Name, failures, wait);
            }

            await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FinishAsync(CancellationToken deadline)
    {
        try
        {
            await worker.FinishAsync(deadline);
        }
        catch (Exception exception)
        {
            // The others are to be stopped as well.
            LogUnfinished(exception, typeof(TWorker).Name);
        }
    }

    // What Task.Delay refuses would end the loop, and with it the process.
    private static TimeSpan Checked(TimeSpan wait) => wait >= TimeSpan.Zero && wait <= LongestWait
        ? wait
        : throw new InvalidOperationException($"{typeof(TWorker).Name} asked for a pause of {wait}: it is from 0 to {LongestWait.TotalHours} hours.");

    // 1, 2, 4, 8, 16, 30, 30, … seconds.
    private static TimeSpan PauseAfter(int failures) =>
        TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures - 1), LongestPauseSeconds));

    [LoggerMessage(EventId = 1002, EventName = "WorkerFailed", Level = LogLevel.Error, Message = "{Worker} failed, {Failures} times in a row, and goes on after {Pause}")]
    private partial void LogFailed(Exception exception, string worker, int failures, TimeSpan pause);

    [LoggerMessage(EventId = 1004, EventName = "WorkerUnfinished", Level = LogLevel.Error, Message = "{Worker} did not finish at shutdown")]
    private partial void LogUnfinished(Exception exception, string worker);
}

internal sealed class WorkerMetrics(IMeterFactory meters)
{
    private static readonly MetricLabel Worker = MetricLabel.Each("worker", "the name of a background worker");

    private static readonly MetricDefinition Failures = new(
        MetricKind.Counter, "worker.failures", "{failure}", "Passes of background workers that failed; the worker goes on after a pause.", Worker);

    private readonly Counter<long> _failures = meters.Counter(Failures);

    public void Failed(string worker) => _failures.Add(1, Worker.Is(worker));
}
