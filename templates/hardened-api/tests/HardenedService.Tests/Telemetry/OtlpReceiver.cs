using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

/// <summary>One post to the receiver.</summary>
internal sealed record ReceivedTelemetry(string Path, byte[] Body)
{
    /// <summary>The body's bytes as characters, to search in.</summary>
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>
/// A collector that takes OTLP over HTTP (traces, metrics and logs, as protobuf), and a Seq that takes its events, at one address. To refuse,
/// dispose it; <see cref="StartAsync"/> on the same port brings it back.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedTelemetry> _received = [];

    // Read once, as they come: tests ask for them again and again.
    private readonly ConcurrentQueue<OtlpSpan> _spans = [];
    private readonly ConcurrentQueue<OtlpMetric> _metrics = [];
    private readonly ConcurrentQueue<OtlpLog> _logs = [];
    private readonly ConcurrentQueue<JsonElement> _seqEvents = [];

    private OtlpReceiver(int port, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));

        // Otherwise its own requests would be spans of every host of this process that exports, and be posted here, and so on for ever.
        builder.Services.AddSingleton(new ActivitySource(nameof(OtlpReceiver)));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>What it does with a post, having kept it: the status to answer, at once or late; or an answer of its own, begun or never ended.</summary>
    public Func<HttpContext, Task<int>> Answer { get; set; } = Status(StatusCodes.Status200OK);

    /// <summary>
    /// The settings of a host that sends everything here, as fast as it can, and samples every trace: its own, and those of all other hosts of
    /// the process, for which the queues have to be long.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_TRACES_SAMPLER"] = "always_on",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = "100000",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
    };

    /// <summary>Everything, as it came.</summary>
    public IReadOnlyCollection<ReceivedTelemetry> Received => _received;

    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    public IReadOnlyList<OtlpMetric> Metrics => [.. _metrics];

    public IReadOnlyList<OtlpLog> Logs => [.. _logs];

    /// <summary>What came as to Seq, event by event (CLEF).</summary>
    public IReadOnlyList<JsonElement> SeqEvents => [.. _seqEvents];

    public static async Task<OtlpReceiver> StartAsync(int port = 0, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var receiver = new OtlpReceiver(port, protocols);
        await receiver._app.StartAsync();

        return receiver;
    }

    public static Func<HttpContext, Task<int>> Status(int status) => _ => Task.FromResult(status);

    /// <summary>Never answers.</summary>
    public static async Task<int> Hang(HttpContext context)
    {
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        return StatusCodes.Status200OK;
    }

    /// <summary>Begins an answer and never ends it.</summary>
    public static async Task<int> Trickle(HttpContext context)
    {
        await context.Response.WriteAsync("{");
        await context.Response.Body.FlushAsync();

        return await Hang(context);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Keep(new(context.Request.Path, body.ToArray()));
        var status = await Answer(context);

        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = status;
        }
    }

    private void Keep(ReceivedTelemetry post)
    {
        switch (post.Path)
        {
            case "/v1/traces":
                Add(_spans, OtlpData.Spans(post.Body));
                break;
            case "/v1/metrics":
                Add(_metrics, OtlpData.Metrics(post.Body));
                break;
            case "/v1/logs":
                Add(_logs, OtlpData.Logs(post.Body));
                break;
            case "/api/events/raw":
                Add(_seqEvents, post.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)));
                break;
        }

        _received.Enqueue(post);
    }

    private static void Add<T>(ConcurrentQueue<T> queue, IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            queue.Enqueue(item);
        }
    }
}
