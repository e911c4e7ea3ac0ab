using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Telemetry;

/// <summary>A trace that a request brings along is a stranger's word.</summary>
public sealed class TraceContextTests(TraceScene scene) : IClassFixture<TraceScene>
{
    private const string Foreign = "4bf92f3577b34da6a3ce929d0e0e4736";

    public static TheoryData<string, string[]> Headers() => new()
    {
        { "sampled", [$"traceparent: 00-{Foreign}-00f067aa0ba902b7-01", "tracestate: canary=1", "baggage: canary=1"] },
        { "not sampled", [$"traceparent: 00-{Foreign}-00f067aa0ba902b7-00"] },
        { "twice", [$"traceparent: 00-{Foreign}-00f067aa0ba902b7-01", $"traceparent: 00-{Foreign}-00f067aa0ba902b7-01"] },
        { "of a later version", [$"traceparent: cc-{Foreign}-00f067aa0ba902b7-01-canary"] },
        { "of zeros", ["traceparent: 00-00000000000000000000000000000000-0000000000000000-01"] },
        { "garbage", ["traceparent: canary", $"tracestate: {new string('c', 4000)}", $"baggage: canary={new string('c', 4000)}"] },
        { "long", [$"traceparent: {new string('0', 8000)}"] },
        { "of older kinds", [$"Request-Id: |{Foreign}.canary.", "Correlation-Context: canary=1", $"X-B3-TraceId: {Foreign}", $"b3: {Foreign}-00f067aa0ba902b7-1"] },
        { "many", [.. Enumerable.Range(0, 50).Select(number => $"tracestate: canary{number}={new string('c', 100)}")] },
    };

    [Theory]
    [Wall("I5")]
    [MemberData(nameof(Headers))]
    public async Task It_is_neither_continued_nor_passed_on(string what, string[] headers)
    {
        Assert.NotEmpty(what);
        var before = scene.Other.Requests.Count;
        var trace = await IdAsync("/v1/account", headers);
        var server = await scene.Receiver.SpanAsync(scene.Trusting, "the server span", span => span.TraceId == trace && span.Kind == OtlpSpanKind.Server);
        using var call = await SendAsync("/calls", headers);
        var received = Assert.Single(scene.Other.Requests.Skip(before));

        Assert.NotEqual(Foreign, trace);
        Assert.Equal(("", ""), (server.ParentId, server.TraceState));
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", received.Headers["traceparent"].Single());
        Assert.DoesNotContain(received.Headers, header => header.Any(value => value.Contains("canary", StringComparison.Ordinal) || value.Contains(Foreign, StringComparison.Ordinal)));
    }

    [Theory]
    [Wall("I5")]
    [MemberData(nameof(Headers))]
    public async Task Even_who_trusts_its_caller_takes_nothing_but_an_id_of_the_right_form(string what, string[] headers)
    {
        var trace = await IdAsync("/v1/account", headers, scene.Trusting);
        var server = await scene.Receiver.SpanAsync(scene.Trusting, "the server span", span => span.TraceId == trace && span.Kind == OtlpSpanKind.Server);

        Assert.Equal(what is "sampled" or "not sampled", trace == Foreign);
        Assert.Equal(trace == Foreign ? "00f067aa0ba902b7" : "", server.ParentId);
    }

    [Fact]
    [Wall("I5")]
    public async Task Its_word_on_sampling_does_not_count_and_the_trace_id_is_told_all_the_same()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var program = ApiProgram.StartOn(
            scene.Api.Database,
            [
                .. receiver.Settings.Select(setting => (setting.Key, setting.Value)),
                ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", "0"),
            ]);
        using var client = new HttpClient { BaseAddress = new((await program.AddressesAsync())[0]) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.Add("traceparent", $"00-{Foreign}-00f067aa0ba902b7-01");
        var problem = await Problem.IsAsync(await client.SendAsync(request), HttpStatusCode.Unauthorized, "unauthenticated");
        var trace = problem.GetProperty("traceId").GetString()!;
        await program.TerminateAsync();
        Assert.Equal(0, await program.ExitAsync());

        Assert.NotEqual(Foreign, trace);
        Assert.Empty(receiver.Spans);
        Assert.NotEmpty(receiver.Metrics);
        Assert.Contains(program.Output.Split('\n'), line => line.Contains("RequestEnded", StringComparison.Ordinal) && line.Contains(trace, StringComparison.Ordinal));
        Assert.Contains(receiver.Logs, log => log.EventName == "RequestEnded" && log.TraceId == trace);
    }

    [Fact]
    public async Task Without_a_collector_and_with_the_frameworks_log_switched_off_there_is_a_trace_id_all_the_same()
    {
        using var program = ApiProgram.StartOn(scene.Api.Database, ("Logging:LogLevel:Microsoft.AspNetCore", "None"));
        using var client = new HttpClient { BaseAddress = new((await program.AddressesAsync())[0]) };
        var problem = await Problem.IsAsync(await client.GetAsync("/v1/account"), HttpStatusCode.Unauthorized, "unauthenticated");
        var trace = problem.GetProperty("traceId").GetString()!;

        await Eventually.HoldsAsync(
            () => program.Output.Split('\n').Any(line => line.Contains("RequestEnded", StringComparison.Ordinal) && line.Contains(trace, StringComparison.Ordinal)),
            "the request's line");
    }

    private async Task<string> IdAsync(string path, string[] headers, ApiHost? host = null)
    {
        using var answer = await SendAsync(path, headers, host);

        return (await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated")).GetProperty("traceId").GetString()!;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string[] headers, ApiHost? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);

        foreach (var header in headers.Select(header => header.Split(": ", 2)))
        {
            request.Headers.TryAddWithoutValidation(header[0], header[1]);
        }

        return await (host ?? scene.Host).Public.SendAsync(request);
    }
}
