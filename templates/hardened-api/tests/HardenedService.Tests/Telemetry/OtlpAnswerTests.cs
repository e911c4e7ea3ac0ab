using System.Collections.Concurrent;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HardenedService.Tests.Telemetry;

/// <summary>A collector that takes a batch, a part of it, or says only after its answer that it does not.</summary>
[Wall("K7")]
public sealed class OtlpAnswerTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Http = "http/protobuf";
    private const string Grpc = "grpc";

    private static readonly string[] Signals = [TelemetryDrops.Traces, TelemetryDrops.Metrics, TelemetryDrops.Logs];

    [Theory]
    [InlineData(Http, 0)]
    [InlineData(Http, 1)]
    [InlineData(Grpc, 0)]
    [InlineData(Grpc, 1)]
    public async Task What_it_rejects_of_a_batch_is_counted_and_nothing_else(string protocol, byte rejected)
    {
        await using var collector = await StartCollectorAsync(protocol);
        using var host = Start(collector, protocol);
        using var drops = new DropCount(host.Services);
        var answered = new ConcurrentQueue<string>();
        collector.Answer = context =>
        {
            answered.Enqueue(context.Request.Path);
            return AnswerAsync(context, protocol, rejected, grpcStatus: "0");
        };

        // One after the other: of the first, the answer has been read.
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await host.Public.GetAsync("/v1/account");
                return Signals.All(signal => Posts(answered, signal) >= 2);
            },
            "two posts of each");

        foreach (var signal in Signals)
        {
            await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Otlp, signal) == rejected * Posts(answered, signal), $"{signal} counted");
        }
    }

    [Fact]
    public async Task What_it_refuses_after_an_answer_of_200_is_counted()
    {
        await using var collector = await StartCollectorAsync(Grpc);
        collector.Answer = context => AnswerAsync(context, Grpc, rejected: 0, grpcStatus: "14");
        using var host = Start(collector, Grpc);
        using var drops = new DropCount(host.Services);
        using var answer = await host.Public.GetAsync("/v1/account");

        foreach (var signal in Signals)
        {
            await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Otlp, signal) > 0, $"{signal} counted");
        }
    }

    private static Task<OtlpReceiver> StartCollectorAsync(string protocol) =>
        OtlpReceiver.StartAsync(protocols: protocol == Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);

    // Of both protocols the path names the signal, in the singular or the plural.
    private static int Posts(ConcurrentQueue<string> paths, string signal) =>
        paths.Count(path => path.Contains(signal.TrimEnd('s'), StringComparison.Ordinal));

    private static async Task<int> AnswerAsync(HttpContext context, string protocol, byte rejected, string grpcStatus)
    {
        // partial_success { rejected: … }
        byte[] message = rejected == 0 ? [] : [0x0A, 2, 0x08, rejected];

        if (protocol == Grpc)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", grpcStatus);
            message = [0, 0, 0, 0, (byte)message.Length, .. message];
        }
        else
        {
            context.Response.ContentType = "application/x-protobuf";
        }

        await context.Response.Body.WriteAsync(message);

        return StatusCodes.Status200OK;
    }

    private ApiHost Start(OtlpReceiver collector, string protocol) => api.StartAnother(new Dictionary<string, string>(collector.Settings)
    {
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
        ["Logging:LogLevel:Default"] = "Information",
    });
}
