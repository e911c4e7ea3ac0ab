namespace HardenedService.Platform.RateLimiting;

/// <summary>The windows of this replica alone, for as long as the shared ones are out of reach.</summary>
internal sealed class LocalAttempts(TimeProvider clock)
{
    // Some 20 MB. A flood of ever new addresses is refused beyond it, and does not take the memory.
    private const int MaxWindows = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Window> _windows = [];

    public Attempt Reserve(IReadOnlyList<AttemptWindow> windows)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            Forget(now);
            var open = windows.Select(window => (Asked: window, Window: Open(window, now))).ToList();
            var full = open.FindAll(one => one.Window.Attempts >= one.Asked.Limit.Attempts);

            if (full.Count > 0)
            {
                var (asked, window) = full.MaxBy(one => one.Window.EndsAt);

                return new Attempt(clock.GetElapsedTime(now, window.EndsAt), asked);
            }

            if (_windows.Count >= MaxWindows)
            {
                return new Attempt(TimeSpan.FromMinutes(1), windows[0]);
            }

            open.ForEach(one => one.Window.Attempts++);

            return new Attempt(() => GiveBack(open.ConvertAll(one => one.Window)));
        }
    }

    public void Clear(IReadOnlyList<AttemptWindow> windows)
    {
        lock (_gate)
        {
            foreach (var window in windows)
            {
                _windows.Remove(Key(window));
            }
        }
    }

    private Window Open(AttemptWindow window, long now)
    {
        if (!_windows.TryGetValue(Key(window), out var open) || open.EndsAt <= now)
        {
            open = new Window(now + (long)(window.Limit.Window.TotalSeconds * clock.TimestampFrequency));
            _windows[Key(window)] = open;
        }

        return open;
    }

    private void Forget(long now)
    {
        if (_windows.Count >= MaxWindows)
        {
            foreach (var ended in _windows.Where(window => window.Value.EndsAt <= now).Select(window => window.Key).ToList())
            {
                _windows.Remove(ended);
            }
        }
    }

    private Task GiveBack(List<Window> windows)
    {
        lock (_gate)
        {
            windows.ForEach(window => window.Attempts--);
        }

        return Task.CompletedTask;
    }

    private static string Key(AttemptWindow window) => Convert.ToHexString(window.Id);

    private sealed class Window(long endsAt)
    {
        public int Attempts { get; set; }

        public long EndsAt { get; } = endsAt;
    }
}
