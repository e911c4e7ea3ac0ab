using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// The time that all telemetry together has for its last words, once everything else has stopped. Each exporter would take its own, one after
/// the other: twenty seconds if nobody answers.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The container would dispose it with the hosted services, before the loggers that ask it.")]
internal sealed class TelemetryShutdown : IHostedLifecycleService
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _over = new();
    private readonly Stopwatch _running = new();
    private readonly Lock _gate = new();

    /// <summary>Fires when the time is over.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>What is left of it.</summary>
    public TimeSpan Left
    {
        get
        {
            Begin();
            var left = Limit - _running.Elapsed;

            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Lets the time run, if it does not yet.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (!_running.IsRunning)
            {
                _running.Start();
                _over.CancelAfter(Limit);
            }
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Begin();

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
