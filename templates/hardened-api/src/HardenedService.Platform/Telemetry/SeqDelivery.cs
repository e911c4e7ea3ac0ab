namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Bounds each call to Seq, and tells what it took. One that accepts and never answers would hold up shutdown for 100 seconds. What is not taken
/// Seq's sink sends again.
/// </summary>
internal sealed class SeqDelivery(Backlog backlog, TelemetryShutdown shutdown) : DelegatingHandler(new SocketsHttpHandler
{
    ConnectTimeout = ConnectLimit,
    PooledConnectionLifetime = TimeSpan.FromMinutes(5),

    // Shipping the logs is not part of any request's trace.
    ActivityHeadersPropagator = null,
})
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        shutdown.Over.ThrowIfCancellationRequested();
        backlog.Tried();
        var events = request.Content is null ? 0 : Lines(await request.Content.ReadAsByteArrayAsync(cancellationToken));
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, shutdown.Over);
        timeout.CancelAfter(Limit);

        // With the body: the caller would go on waiting for one that never ends.
        var response = await base.SendAsync(request, timeout.Token);
        await response.Content.LoadIntoBufferAsync(timeout.Token);

        // Without events, it asks for the level.
        if (response.IsSuccessStatusCode && events > 0)
        {
            backlog.Left(events);
        }

        return response;
    }

    private static int Lines(ReadOnlySpan<byte> events)
    {
        var lines = 0;

        foreach (var line in events.Split((byte)'\n'))
        {
            lines += events[line].Trim(" \r"u8).IsEmpty ? 0 : 1;
        }

        return lines;
    }
}
