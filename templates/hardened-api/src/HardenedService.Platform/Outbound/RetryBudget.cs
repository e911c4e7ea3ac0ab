namespace HardenedService.Platform.Outbound;

/// <summary>
/// How many repetitions the calls of one client may have together. When everything fails, repeating everything would multiply the load on a
/// system that is down already: within any ten seconds there are at most a share of the calls, or a floor if that is more.
/// </summary>
internal sealed class RetryBudget(double share, int floor, TimeProvider clock)
{
    private const int Seconds = 10;

    private readonly Lock _lock = new();
    private readonly int[] _calls = new int[Seconds];
    private readonly int[] _retries = new int[Seconds];
    private readonly long _start = clock.GetTimestamp();
    private long _second;

    /// <summary>A call begins.</summary>
    public void CountCall()
    {
        lock (_lock)
        {
            Advance();
            _calls[_second % Seconds]++;
        }
    }

    /// <summary>Takes one repetition out of the budget.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTake()
    {
        lock (_lock)
        {
            Advance();

            if (_retries.Sum() + 1 > Math.Max(floor, share * _calls.Sum()))
            {
                return false;
            }

            _retries[_second % Seconds]++;
            return true;
        }
    }

    private void Advance()
    {
        var now = (long)clock.GetElapsedTime(_start).TotalSeconds;

        for (var passed = Math.Min(now - _second, Seconds); passed > 0; passed--)
        {
            _second++;
            _calls[_second % Seconds] = _retries[_second % Seconds] = 0;
        }

        _second = Math.Max(_second, now);
    }
}
