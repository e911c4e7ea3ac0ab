using System.Globalization;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>One of the servers that are compared.</summary>
internal sealed class PipelineServer : IAsyncDisposable
{
    private const string Program = "PipelineHost";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly BenchServer _server;
    private readonly Load _load;

    private PipelineServer(BenchServer server)
    {
        _server = server;
        _client.BaseAddress = server.Address;
        _load = new Load(new Uri(server.Address, "/v1/greeting"));
    }

    /// <summary>Builds the program, and asks it what there is to compare: from bare to whole, each with a layer more than the one before.</summary>
    public static async Task<(string Program, IReadOnlyList<string> Variants)> BuildAsync(string output, CancellationToken cancel)
    {
        var program = await BenchServer.BuildAsync(Program, output, cancel);
        var variants = await Dotnet.RunOrThrowAsync(output, "The servers cannot be listed.", cancel, program);
        return (program, variants.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <exception cref="BuildException">It ended instead, or took too long.</exception>
    public static async Task<PipelineServer> StartAsync(string program, string variant, int connections, CancellationToken cancel)
    {
        var server = new PipelineServer(await BenchServer.StartAsync(program, cancel, variant));
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

    /// <summary>Requests a second, and the processor time of this server for each, in microseconds.</summary>
    public async Task<Sample> MeasureAsync(TimeSpan duration, CancellationToken cancel)
    {
        var before = await ProcessorTimeAsync(cancel);
        var throughput = await _load.RunAsync(duration, cancel);
        var spent = await ProcessorTimeAsync(cancel) - before;

        return new Sample(throughput, spent / (throughput * duration.TotalSeconds));
    }

    public async ValueTask DisposeAsync()
    {
        _load.Dispose();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private async Task<double> ProcessorTimeAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/processor-time")
        {
            Headers = { { "Host", "bench.example" }, { "X-Forwarded-Proto", "https" }, { "X-Forwarded-For", "192.0.2.1" } },
        };
        using var response = await _client.SendAsync(request, cancel);

        return double.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancel), CultureInfo.InvariantCulture);
    }
}

/// <summary>What a server did in one slot of a round.</summary>
internal sealed record Sample(double RequestsPerSecond, double MicrosecondsPerRequest);
