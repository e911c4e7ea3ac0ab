using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

/// <summary>What the service tells of all its calls, whatever levels its operator sets. A new endpoint is covered without a new test.</summary>
public sealed class CanaryTests(TelemetryRun run) : IClassFixture<TelemetryRun>
{
    // As a span has it, and a line of the log.
    private static readonly string[] OwnNames =
    [
        "postgresql", "look up session", "wait for passwords", "hash password", "verify password", "verify second factor",
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "HTTP",
    ];

    [Fact]
    [Wall("I1")]
    public void Nothing_that_a_client_sent_or_a_setting_hides_is_in_stdout_Seq_traces_metrics_or_logs()
    {
        var told = run.Receiver.Received.Select(post => (post.Path, post.Text)).Append(("stdout", string.Join('\n', run.Lines))).ToLookup(post => post.Item1, post => post.Item2);
        string[] channels = ["stdout", "/api/events/raw", "/v1/traces", "/v1/metrics", "/v1/logs"];

        // Each of them has told of the calls, and the calls were good ones, too: else it proves nothing.
        Assert.All(channels, channel => Assert.Contains(told[channel], text => text.Contains("/v1/sessions", StringComparison.Ordinal)));
        Assert.True(run.Canaries.Count > 1000, $"{run.Canaries.Count} canaries");
        Assert.Empty(run.Called.Except(run.Succeeded));

        var leaks = channels.SelectMany(channel => told[channel].SelectMany(run.Canaries.Find).Select(leak => $"{channel}: {leak}")).ToList();
        Assert.True(leaks.Count == 0, $"{leaks.Count} leaks:\n\n{string.Join("\n\n", leaks.Take(10))}");
    }

    [Fact]
    [Wall("I1")]
    public void No_secret_is_in_the_audit_trail()
    {
        // Addresses and user agents are there by intention, beside the chain, and can be erased.
        Assert.Contains("canary", run.Audit);
        Assert.DoesNotMatch("h[smt]1_[A-Za-z0-9_-]{20,}", run.Audit);
        Assert.DoesNotContain(People.Password, run.Audit);
        Assert.DoesNotContain(AccountCalls.NewPassword, run.Audit);
    }

    [Fact]
    [Wall("I2")]
    public void Every_line_of_stdout_is_one_event_whatever_was_sent()
    {
        Assert.All(run.Lines, line =>
        {
            var happened = JsonElement.Parse(line);
            Assert.NotEmpty(happened.GetProperty("Level").GetString()!);
            Assert.DoesNotContain(line, character => char.IsControl(character) || character is '\u202e' or '\u2028');
        });
    }

    [Fact]
    public void Every_call_is_one_line_with_its_route_and_its_trace()
    {
        var lines = run.Lines.Select(line => JsonElement.Parse(line)).Where(line => Property(line, "EventId") is { } id && id.TryGetProperty("Name", out var name) && name.GetString() == "RequestEnded").ToList();
        var servers = run.Receiver.Spans.Where(span => span.Kind == OtlpSpanKind.Server).ToList();

        Assert.All(lines, line => Assert.Matches("^[0-9a-f]{32}$", line.GetProperty("TraceId").GetString()!));
        Assert.Equal(lines.Count, lines.Select(line => line.GetProperty("TraceId").GetString()).Distinct().Count());

        // The receiver may have missed some at the end; none has a line and a span that disagree.
        var routes = lines.ToDictionary(line => line.GetProperty("TraceId").GetString()!, line => Property(line, "Route")!.Value.GetString());
        Assert.NotEmpty(servers);
        Assert.All(servers, span => Assert.Equal(routes[span.TraceId], span.Attributes.GetValueOrDefault("http.route", "(no route)")));
    }

    [Fact]
    public void Every_span_has_a_name_of_a_bounded_set()
    {
        var kinds = new[] { "enqueue ", "deliver " };
        var strangers = run.Receiver.Spans
            .Select(span => span.Name)
            .Distinct()
            .Except(OwnNames)
            .Except(run.Routes)
            .Where(name => !kinds.Any(kind => name.StartsWith(kind, StringComparison.Ordinal) && name.Length < 40))
            .ToList();

        Assert.Empty(strangers);
        Assert.Contains(run.Receiver.Spans, span => span.Name == "POST /v1/sessions");
        Assert.DoesNotContain(run.Receiver.Spans, span => span.Events.Count > 0 || span.StatusDescription != "");
    }

    [Fact]
    [Wall("I1")]
    public async Task Nor_is_it_in_what_is_told_of_a_database_that_is_out_of_reach()
    {
        var (password, recorder, canaries) = ($"canary{Guid.NewGuid():N}", new LogRecorder(), new Canaries());
        var settings = new Dictionary<string, string>
        {
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
            ["Logging:LogLevel:Npgsql"] = "Trace",
        };
        using var host = ApiHost.Start(
            $"Host=127.0.0.1;Port=1;Database=none;Username=none;Password={password}",
            settings: settings,
            configure: web => web.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(recorder)));
        var body = new { email = People.NewAddress(), password = $"canary{Guid.NewGuid():N}", transport = "bearer" };
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);
        Array.ForEach([password, body.email, body.password, token], canaries.Add);

        await Problem.IsAsync(await host.Public.PostAsJsonAsync("/v1/sessions", body), HttpStatusCode.ServiceUnavailable, "unavailable");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { Authorization = new("Bearer", token) } };
        await Problem.IsAsync(await host.Public.SendAsync(request), HttpStatusCode.ServiceUnavailable, "unavailable");

        Assert.Contains(recorder.Records, record => record.Exception is not null);
        Assert.Empty(recorder.Records.SelectMany(record => canaries.Find($"{record.Message} {record.Exception}")));
    }

    private static JsonElement? Property(JsonElement line, string name) =>
        line.GetProperty("Properties").TryGetProperty(name, out var value) ? value : null;
}
