namespace HardenedService.Platform.Outbox;

/// <summary>Wakes this process' worker. However often it is set before the worker looks, the worker looks once.</summary>
internal sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0);

    public void Set()
    {
        if (_set.CurrentCount == 0)
        {
            _set.Release();
        }
    }

    /// <summary>Returns when it is set, or was since the last call, and after <paramref name="atMost"/> without.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancel) => _set.WaitAsync(atMost, cancel);

    public void Dispose() => _set.Dispose();
}
