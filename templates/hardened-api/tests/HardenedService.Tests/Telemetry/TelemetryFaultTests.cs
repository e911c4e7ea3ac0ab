using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbound;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Telemetry;

/// <summary>Seq and the collector, one server here, do everything but what they should.</summary>
[Wall("K7")]
public sealed class TelemetryFaultTests(PostgresServer postgres) : IAsyncLifetime
{
    private const int Calls = 50;

    // Five for telemetry, and as much again for a machine that is busy. One after the other, the exporters would take twenty.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private readonly FaultyServer _server = FaultyServer.Start();
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("hangs")]
    [InlineData("begins and hangs")]
    [InlineData("slow")]
    [InlineData("500")]
    [InlineData("garbage")]
    public async Task Requests_do_not_notice_and_what_is_lost_is_counted(string fault)
    {
        var address = fault == "refused" ? Refusing() : _server.Address;
        _server.Behavior = fault switch
        {
            "begins and hangs" => FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Never),
            "slow" => async (request, stream, stop) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
                await FaultyServer.Status(503)(request, stream, stop);
            }
            ,
            "500" => FaultyServer.Status(500),
            "garbage" => FaultyServer.Raw("\0\u0001 neither HTTP nor anything\r\n\r\n"),
            _ => FaultyServer.Hang,
        };
        using var host = Start(address);
        using var drops = new DropCount(host.Services);

        for (var i = 0; i < Calls; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await host.Public.GetAsync("/v1/account")).StatusCode);
        }

        await Eventually.HoldsAsync(() => fault == "refused" || !_server.Requests.IsEmpty, "something was sent");
        host.Dispose();

        // None of it arrived, and every call left a span. Whoever ends the host first does so for all: it may not be us.
        await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Traces) >= Calls, "spans counted");
        await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Logs) > 0, "records counted");
        await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Metrics) > 0, "metrics counted");
        await Eventually.HoldsAsync(() => drops.Of(TelemetryDrops.Seq, TelemetryDrops.Logs) > 0, "events for Seq counted");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_whose_telemetry_hangs_ends_with_0_before_the_exporters_would_have_given_up(bool begins)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        _server.Behavior = begins ? FaultyServer.Parts("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Never) : FaultyServer.Hang;
        using var api = ApiProgram.StartOn(_database, Settings(_server.Address).Select(setting => (setting.Key, setting.Value)));
        await api.AddressesAsync();
        string[] paths = ["/v1/metrics", "/v1/logs", "/api/events/raw"];
        await Eventually.HoldsAsync(() => paths.All(path => _server.Requests.Any(request => request.Path == path)), "all of them are waiting");

        var ending = Stopwatch.StartNew();
        await api.TerminateAsync();

        Assert.Equal(0, await api.ExitAsync());
        Assert.True(ending.Elapsed < LongestEnd, $"it took {ending.Elapsed}");
    }

    [Fact]
    public async Task What_is_taken_is_not_counted()
    {
        using var host = Start(_server.Address);
        using var drops = new DropCount(host.Services);
        await host.Public.GetAsync("/v1/account");
        string[] paths = ["/v1/traces", "/v1/metrics", "/v1/logs", "/api/events/raw"];
        await Eventually.HoldsAsync(() => paths.All(path => _server.Requests.Any(request => request.Path == path)), "all of them were sent");

        Assert.Equal(0, drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Traces) + drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Metrics));
        Assert.Equal(0, drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Logs) + drops.Of(TelemetryDrops.Seq, TelemetryDrops.Logs));
        Assert.Equal(0, drops.Of(TelemetryDrops.Console, TelemetryDrops.Logs));
    }

    [Fact]
    public void A_dead_collector_and_a_dead_seq_fill_their_queues_and_no_more()
    {
        const int Count = 30_000;
        _server.Behavior = FaultyServer.Hang;
        using var host = Start(_server.Address);
        using var drops = new DropCount(host.Services);
        var logger = host.Services.GetRequiredService<ILogger<TelemetryFaultTests>>();

        for (var i = 0; i < Count; i++)
        {
            logger.Log(LogLevel.Information, default, "An event", exception: null, (text, _) => text);
        }

        Assert.True(drops.Of(TelemetryDrops.Seq, TelemetryDrops.Logs) >= Count - SeqSink.MaxCount, "Seq");
        Assert.True(drops.Of(TelemetryDrops.Otlp, TelemetryDrops.Logs) >= Count - 2 * (2048 + 512), "collector");
    }

    [Fact]
    public void Seqs_queue_is_bounded_in_bytes_too()
    {
        const int Count = 1000;
        _server.Behavior = FaultyServer.Hang;
        using var host = Start(_server.Address);
        using var drops = new DropCount(host.Services);
        var logger = host.Services.GetRequiredService<ILogger<TelemetryFaultTests>>();
        var large = new string('x', 100_000);

        for (var i = 0; i < Count; i++)
        {
            logger.Log(LogLevel.Information, default, large, exception: null, (text, _) => text);
        }

        Assert.True(drops.Of(TelemetryDrops.Seq, TelemetryDrops.Logs) >= Count - (SeqSink.MaxSize / 200_000) - 1);
    }

    private static async Task<string> Never(CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop);

        return "";
    }

    private static Uri Refusing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return new Uri($"http://{listener.LocalEndpoint}/");
    }

    private static Dictionary<string, string> Settings(Uri address) => new()
    {
        ["Seq:Url"] = address.ToString(),
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_TRACES_SAMPLER"] = "always_on",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "50",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "50",
        ["Logging:LogLevel:Default"] = "Information",
    };

    private ApiHost Start(Uri address) => ApiHost.Start(_database.AppConnectionString, settings: Settings(address));
}
