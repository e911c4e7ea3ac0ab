namespace HardenedService.Platform.Outbound;

/// <summary>Lets something be said once in ten seconds, however often it happens: in a storm, a record for each would make it worse.</summary>
internal sealed class Seldom(TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _last;

    public bool IsDue()
    {
        lock (_lock)
        {
            if (_last is { } last && clock.GetElapsedTime(last) < Pause)
            {
                return false;
            }

            _last = clock.GetTimestamp();
            return true;
        }
    }
}
