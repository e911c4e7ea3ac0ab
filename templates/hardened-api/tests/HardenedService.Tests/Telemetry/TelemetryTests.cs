using System.Diagnostics;
using System.Net;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

public sealed class TelemetryTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Traces_metrics_and_logs_go_to_the_collector_that_the_standard_variables_name()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var host = api.StartAnother(settings: collector.Settings);
        var problem = await Problem.IsAsync(await host.Public.GetAsync("/v1/account"), HttpStatusCode.Unauthorized, "unauthenticated");
        var trace = problem.GetProperty("traceId").GetString();
        host.Services.GetRequiredService<ILogger<TelemetryTests>>().LogWarning(new EventId(7, "Planted"), "{Number} were planted", 42);

        var server = await collector.SpanAsync(host, "the server span", span => span.TraceId == trace && span.Kind == OtlpSpanKind.Server);
        Assert.Equal("hardened-service", server.Service);
        Assert.Equal("GET", server.Attributes["http.request.method"]);

        host.FlushTelemetry();
        var duration = collector.Metrics.First(metric => metric.Name == "http.server.request.duration");
        Assert.Equal((OtlpMetricKind.Histogram, "s"), (duration.Kind, duration.Unit));
        Assert.Contains(duration.Points, point => point.Count > 0 && point.Bounds.Count > 0 && point.Attributes["http.response.status_code"] == "401");
        var log = Assert.Single(collector.Logs, log => log.Attributes.GetValueOrDefault("Number") == "42");
        Assert.Equal((typeof(TelemetryTests).FullName, "Warning", "Planted"), (log.Scope, log.SeverityText, log.EventName));
    }

    [Fact]
    public async Task Logs_go_to_seq_with_the_trace_that_the_client_was_told()
    {
        await using var seq = await OtlpReceiver.StartAsync();
        var settings = new Dictionary<string, string> { ["Seq:Url"] = seq.Address.ToString() };
        string trace;

        using (var host = ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none", settings: settings))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
            request.Headers.Authorization = new("Bearer", "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            var problem = await Problem.IsAsync(await host.Public.SendAsync(request), HttpStatusCode.ServiceUnavailable, "unavailable");
            trace = problem.GetProperty("traceId").GetString()!;
        }

        await Eventually.HoldsAsync(
            () => seq.SeqEvents.Any(happened => happened.TryGetProperty("@tr", out var id) && id.GetString() == trace), "the log event");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_seq_that_never_finishes_its_answer_does_not_hold_up_shutdown(bool begins)
    {
        await using var seq = await OtlpReceiver.StartAsync();
        seq.Answer = begins ? OtlpReceiver.Trickle : OtlpReceiver.Hang;
        var app = ApiHost.Build("Seq:Url", seq.Address.ToString());
        app.Logger.LogWarning("Something to ship");
        await Eventually.HoldsAsync(() => seq.Received.Count > 0, "a first batch");
        app.Logger.LogWarning("Something left to ship at the end");

        var stopping = Stopwatch.StartNew();
        await app.DisposeAsync();
        Assert.True(stopping.Elapsed < TimeSpan.FromSeconds(8), $"it took {stopping.Elapsed}, of which 5 s may be Seq's");
    }
}
