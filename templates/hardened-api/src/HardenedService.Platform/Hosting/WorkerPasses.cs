using System.Collections.Concurrent;

namespace HardenedService.Platform.Hosting;

/// <summary>When each worker last came to the end of a pass, and since when it is at one.</summary>
internal sealed class WorkerPasses(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Pass> _passes = new();

    /// <summary>By worker, the time since the last pass that did not fail, or since its start if there was none.</summary>
    public IEnumerable<KeyValuePair<string, TimeSpan>> Ages =>
        _passes.Select(pass => KeyValuePair.Create(pass.Key, clock.GetElapsedTime(pass.Value.Succeeded)));

    /// <summary>The same of one worker; nothing before its start.</summary>
    public TimeSpan AgeOf(string worker) => _passes.TryGetValue(worker, out var pass) ? clock.GetElapsedTime(pass.Succeeded) : TimeSpan.Zero;

    /// <summary>The workers that have been at one pass for longer than this.</summary>
    public IEnumerable<string> Longer(TimeSpan limit) =>
        from pass in _passes
        where pass.Value.Began is { } began && clock.GetElapsedTime(began) > limit
        select pass.Key;

    public void Begin(string worker)
    {
        var now = clock.GetTimestamp();
        _passes.AddOrUpdate(worker, new Pass(now, now), (_, pass) => pass with { Began = now });
    }

    public void End(string worker) => _passes[worker] = new Pass(clock.GetTimestamp(), null);

    public void Fail(string worker) => _passes[worker] = _passes[worker] with { Began = null };

    private sealed record Pass(long Succeeded, long? Began);
}
