using HardenedService.Platform.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Health;

/// <summary>
/// The outcome of all checks, made at most once at a time and kept for a moment: however many ask, the database is asked once. Draining is not kept,
/// and waits for nothing.
/// </summary>
internal sealed partial class ServiceHealth(
    HealthCheckService checks, Draining draining, IOptions<HealthOptions> options, TimeProvider clock, ILogger<ServiceHealth> logger) : IWorker
{
    /// <summary>Checks of this tag make the service ready.</summary>
    public const string Ready = "ready";

    /// <summary>Those among them without which it has not started.</summary>
    public const string Startup = "startup";

    /// <summary>The name under which draining stands among the checks.</summary>
    public const string DrainingName = "draining";

    private static readonly HealthReport Unknown = new(new Dictionary<string, HealthReportEntry>(), HealthStatus.Unhealthy, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private Task<HealthReport>? _round;
    private HealthReport _outcome = Unknown;
    private long _outcomeAt;
    private bool? _wasReady;

    /// <summary>What the last checks found, and whether the service drains, without asking anybody. For metrics.</summary>
    public HealthReport Latest => With(_outcome, draining.HasBegun);

    /// <summary>What the checks find, or found a moment ago.</summary>
    /// <param name="cancel">Gives up waiting; the checks go on.</param>
    public async Task<HealthReport> ReportAsync(CancellationToken cancel)
    {
        // What the database says makes no difference any more.
        if (draining.HasBegun)
        {
            return Latest;
        }

        return With(await RoundAsync().WaitAsync(cancel), draining.HasBegun);
    }

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        await ReportAsync(stopping);

        return options.Value.Interval;
    }

    private static HealthReport With(HealthReport outcome, bool isDraining)
    {
        var entries = outcome.Entries.ToDictionary(entry => entry.Key, entry => entry.Value);
        entries[DrainingName] = isDraining
            ? new HealthReportEntry(HealthStatus.Unhealthy, "draining before shutdown", TimeSpan.Zero, exception: null, data: null, [Ready])
            : new HealthReportEntry(HealthStatus.Healthy, description: null, TimeSpan.Zero, exception: null, data: null, [Ready]);

        return new HealthReport(entries, isDraining ? HealthStatus.Unhealthy : outcome.Status, outcome.TotalDuration);
    }

    private Task<HealthReport> RoundAsync()
    {
        lock (_gate)
        {
            if (_round is { IsCompleted: false })
            {
                return _round;
            }

            return _round is not null && clock.GetElapsedTime(_outcomeAt) < options.Value.KeepFor
                ? _round
                : _round = Task.Run(CheckAsync);
        }
    }

    private async Task<HealthReport> CheckAsync()
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(Ready));

        lock (_gate)
        {
            _outcomeAt = clock.GetTimestamp();
        }

        Note(report);

        return report;
    }

    private void Note(HealthReport outcome)
    {
        var isReady = outcome.Status != HealthStatus.Unhealthy;

        lock (_gate)
        {
            _outcome = outcome;

            if (_wasReady == isReady)
            {
                return;
            }

            _wasReady = isReady;
        }

        if (isReady)
        {
            LogReady();
            return;
        }

        var failed = outcome.Entries.Where(entry => entry.Value.Status == HealthStatus.Unhealthy).OrderBy(entry => entry.Key).ToList();
        LogNotReady(
            failed.Select(entry => entry.Value.Exception).FirstOrDefault(exception => exception is not null),
            string.Join("; ", failed.Select(entry => entry.Value.Exception is null ? $"{entry.Key}: {entry.Value.Description}" : entry.Key)));
    }

    [LoggerMessage(EventId = 2101, EventName = "Ready", Level = LogLevel.Information, Message = "Ready")]
    private partial void LogReady();

    [LoggerMessage(EventId = 2102, EventName = "NotReady", Level = LogLevel.Error, Message = "Not ready: {Checks}")]
    private partial void LogNotReady(Exception? exception, string checks);
}
