using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

public sealed class TelemetryTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Traces_metrics_and_logs_go_to_the_collector_that_the_standard_variables_name()
    {
        await using var collector = await Receiver.StartAsync();
        var settings = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            // The test runner's own activity is the parent, and is not sampled.
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "50",
        };
        using var host = api.StartAnother(settings: settings);
        await host.Public.GetAsync("/v1/account");

        string[] expected = ["/v1/traces", "/v1/metrics", "/v1/logs"];
        await Eventually.HoldsAsync(() => expected.All(collector.Bodies.ContainsKey), "all three signals");
        await Eventually.HoldsAsync(() => collector.Received("/v1/traces", "http.request.method"), "a server span");
        Assert.True(collector.Received("/v1/traces", "hardened-service"));
    }

    [Fact]
    public async Task Logs_go_to_seq_with_the_trace_that_the_client_was_told()
    {
        await using var seq = await Receiver.StartAsync();
        var settings = new Dictionary<string, string> { ["Seq:Url"] = seq.Address };
        string trace;

        using (var host = ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none", settings: settings))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
            request.Headers.Authorization = new("Bearer", "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            var problem = await Problem.IsAsync(await host.Public.SendAsync(request), HttpStatusCode.ServiceUnavailable, "unavailable");
            trace = problem.GetProperty("traceId").GetString()!;
        }

        await Eventually.HoldsAsync(() => seq.Received("/api/events/raw", trace), "the log event");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_seq_that_never_finishes_its_answer_does_not_hold_up_shutdown(bool begins)
    {
        await using var seq = await Receiver.StartAsync(async context =>
        {
            if (begins)
            {
                await context.Response.WriteAsync("{");
                await context.Response.Body.FlushAsync();
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var app = ApiHost.Build("Seq:Url", seq.Address);
        app.Logger.LogWarning("Something to ship");
        await Eventually.HoldsAsync(() => !seq.Bodies.IsEmpty, "a first batch");
        app.Logger.LogWarning("Something left to ship at the end");

        var stopping = Stopwatch.StartNew();
        await app.DisposeAsync();
        Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(8), $"it took {stopping.Elapsed}, of which 5 s may be Seq's");
    }

    /// <summary>Takes whatever is posted to it, and answers 200 unless told otherwise.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private readonly RequestDelegate? _answer;

        private Receiver(RequestDelegate? answer)
        {
            _answer = answer;
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(TakeAsync);
        }

        public string Address => _app.Urls.First();

        public ConcurrentDictionary<string, string> Bodies { get; } = new();

        public static async Task<Receiver> StartAsync(RequestDelegate? answer = null)
        {
            var receiver = new Receiver(answer);
            await receiver._app.StartAsync();

            return receiver;
        }

        public bool Received(string path, string text) => Bodies.TryGetValue(path, out var bodies) && bodies.Contains(text, StringComparison.Ordinal);

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task TakeAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body, System.Text.Encoding.Latin1);
            var body = await reader.ReadToEndAsync();
            Bodies.AddOrUpdate(context.Request.Path, body, (_, former) => former + body);
            await (_answer?.Invoke(context) ?? Task.CompletedTask);
        }
    }
}
