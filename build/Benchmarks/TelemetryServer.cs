using System.Net.Http.Json;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>What a server did in one slot of a round, and what each request took.</summary>
internal sealed record TelemetrySample(double RequestsPerSecond, double Percentile99, double MicrosecondsPerRequest, double BytesPerRequest);

/// <summary>A server with some of the telemetry on, under load.</summary>
internal sealed class TelemetryServer : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly BenchServer _server;
    private readonly Load _load;

    private TelemetryServer(BenchServer server, IReadOnlyList<string> tokens)
    {
        _server = server;
        _client.BaseAddress = server.Address;
        _load = new Load(new Uri(server.Address, "/v1/reading"), number => $"Authorization: Bearer {tokens[number % tokens.Count]}");
    }

    /// <exception cref="BuildException">It ended instead, or took too long.</exception>
    public static async Task<TelemetryServer> StartAsync(
        string program, string variant, string database, string collector, IReadOnlyList<string> tokens, int connections, CancellationToken cancel)
    {
        var server = new TelemetryServer(await BenchServer.StartAsync(program, cancel, variant, database, collector), tokens);
        try
        {
            await server._load.ConnectAsync(connections, cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>One slot of each, in another order every time.</summary>
    public static async Task<TelemetrySample[]> RoundAsync(IReadOnlyList<TelemetryServer> servers, TimeSpan slot, CancellationToken cancel)
    {
        var samples = new TelemetrySample[servers.Count];
        foreach (var index in Enumerable.Range(0, servers.Count).Shuffle())
        {
            samples[index] = await servers[index].MeasureAsync(slot, cancel);
        }

        return samples;
    }

    public async Task<TelemetrySample> MeasureAsync(TimeSpan duration, CancellationToken cancel)
    {
        var before = await UsageAsync(cancel);
        var throughput = await _load.RunAsync(duration, cancel);
        var after = await UsageAsync(cancel);
        var requests = throughput * duration.TotalSeconds;

        return new TelemetrySample(
            throughput,
            _load.Percentile99,
            (after.ProcessorMicroseconds - before.ProcessorMicroseconds) / requests,
            (after.AllocatedBytes - before.AllocatedBytes) / requests);
    }

    /// <summary>What it takes up at the moment, in bytes.</summary>
    public async Task<long> ResidentAsync(CancellationToken cancel) => (await UsageAsync(cancel)).ResidentBytes;

    public async ValueTask DisposeAsync()
    {
        _load.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<Usage> UsageAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/usage")
        {
            Headers = { { "Host", "bench.example" }, { "X-Forwarded-Proto", "https" }, { "X-Forwarded-For", "192.0.2.1" } },
        };
        using var response = await _client.SendAsync(request, cancel);

        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Usage>(cancel))!;
    }

    private sealed record Usage(double ProcessorMicroseconds, long AllocatedBytes, long ResidentBytes);
}
