using System.Diagnostics;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Watches how late a timer of this process's own is: on a busy machine everything else may be late by as much, for no fault of its own.</summary>
internal sealed class Stalls : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly PeriodicTimer _timer = new(Interval);
    private TimeSpan _longest;

    public Stalls() => _ = WatchAsync();

    /// <summary>The longest so far, the one that goes on at this moment included.</summary>
    public TimeSpan Longest => _longest > Pending ? _longest : Pending;

    private long Seen { get; set; } = Stopwatch.GetTimestamp();

    private TimeSpan Pending => Stopwatch.GetElapsedTime(Seen) - Interval;

    public void Dispose() => _timer.Dispose();

    private async Task WatchAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            _longest = Longest;
            Seen = Stopwatch.GetTimestamp();
        }
    }
}
