using System.Collections.Concurrent;
using System.Globalization;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>One of the servers that are compared, in a process of its own.</summary>
internal sealed class PipelineServer : IAsyncDisposable
{
    private const string Listening = "listening ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Source = Path.Combine(Repository.Root, "build", "Benchmarks", "PipelineHost.cs");

    private readonly ConcurrentQueue<string> _output = [];
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly SupervisedProcess _process;

    private PipelineServer(string program, string variant)
    {
        Variant = variant;
        _process = SupervisedProcess.Start(Dotnet.StartInfo(Path.GetDirectoryName(program)!, [program, variant]), "TERM KILL", Patience, Receive);
    }

    public string Variant { get; }

    public Load Load { get; private set; } = null!;

    /// <summary>Builds the program in Release, and asks it what there is to compare: from bare to whole, each with a layer more than the one before.</summary>
    public static async Task<(string Program, IReadOnlyList<string> Variants)> BuildAsync(string output, CancellationToken cancel)
    {
        await Dotnet.RunOrThrowAsync(Repository.Root, "The servers do not build.", cancel, "build", Source, "-c", "Release", "-o", output, "-v", "q");
        var program = Path.Combine(output, "PipelineHost.dll");
        var variants = await Dotnet.RunOrThrowAsync(output, "The servers cannot be listed.", cancel, program);
        return (program, variants.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <exception cref="BuildException">It ended instead, or took too long.</exception>
    public static async Task<PipelineServer> StartAsync(string program, string variant, int connections, CancellationToken cancel)
    {
        var server = new PipelineServer(program, variant);
        try
        {
            await Task.WhenAny(server._address.Task, server._process.Exited).WaitAsync(Patience, cancel);
            server._client.BaseAddress = server._address.Task.IsCompleted
                ? await server._address.Task
                : throw new BuildException($"The server {variant} ended at once.", string.Join('\n', server._output));
            server.Load = new Load(new Uri(server._client.BaseAddress, "/v1/greeting"));
            await server.Load.ConnectAsync(connections, cancel);
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
        var throughput = await Load.RunAsync(duration, cancel);
        var spent = await ProcessorTimeAsync(cancel) - before;

        return new Sample(throughput, spent / (throughput * duration.TotalSeconds));
    }

    public async ValueTask DisposeAsync()
    {
        Load?.Dispose();
        _client.Dispose();
        await _process.DisposeAsync();
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

    private void Receive(string line)
    {
        _output.Enqueue(line);
        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _address.TrySetResult(new Uri(line[Listening.Length..]));
        }
    }
}

/// <summary>What a server did in one slot of a round.</summary>
internal sealed record Sample(double RequestsPerSecond, double MicrosecondsPerRequest);
