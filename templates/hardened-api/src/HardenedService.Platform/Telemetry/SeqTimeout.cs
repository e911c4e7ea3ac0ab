namespace HardenedService.Platform.Telemetry;

/// <summary>Bounds each call to Seq: one that accepts and never answers would hold up shutdown for 100 seconds.</summary>
internal sealed class SeqTimeout() : DelegatingHandler(new SocketsHttpHandler
{
    ConnectTimeout = Limit,
    PooledConnectionLifetime = TimeSpan.FromMinutes(5),

    // Shipping the logs is not part of any request's trace.
    ActivityHeadersPropagator = null,
})
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Limit);

        // With the body: the caller would go on waiting for one that never ends.
        var response = await base.SendAsync(request, timeout.Token);
        await response.Content.LoadIntoBufferAsync(timeout.Token);

        return response;
    }
}
