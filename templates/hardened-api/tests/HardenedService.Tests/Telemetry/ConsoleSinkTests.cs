using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;
using HardenedService.Operations;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Events;
using Serilog.Formatting.Display;
using Serilog.Parsing;

namespace HardenedService.Tests.Telemetry;

/// <summary>Standard output that nobody reads, and standard output on a disk that is full.</summary>
[Wall("K7")]
public sealed class ConsoleSinkTests(PostgresServer postgres) : IDisposable
{
    private const string Talkative = "--Logging:LogLevel:Default=Trace --Logging:LogLevel:Microsoft.AspNetCore=Trace";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public void What_is_logged_is_written_in_order_and_to_the_last_event()
    {
        using var output = new MemoryStream();

        using (var sink = New(output))
        {
            for (var i = 0; i < 1000; i++)
            {
                sink.Emit(Event($"event {i}"));
            }
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"event {i}"), Encoding.UTF8.GetString(output.ToArray()).TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Whoever_logs_does_not_wait_for_output_that_blocks_and_what_finds_no_room_is_counted()
    {
        const int Count = 2 * ConsoleSink.MaxCount;
        using var drops = new DropCount(_services);
        using var output = new Blocked();
        var sink = New(output);
        var text = new string('x', 1000);

        await EmitAsync(sink, Event(text), Count);

        // Some are being written, at most 64 KiB.
        Assert.InRange(drops.Of(TelemetryDrops.Console, TelemetryDrops.Logs), Count - ConsoleSink.MaxCount - 70, Count - ConsoleSink.MaxCount);

        // The end does not wait for them either, and counts what is left.
        sink.Dispose();
        Assert.Equal(Count, drops.Of(TelemetryDrops.Console, TelemetryDrops.Logs));
        output.Unblock();
    }

    [Fact]
    public async Task Large_events_fill_the_queue_sooner()
    {
        const int Count = 100;
        using var drops = new DropCount(_services);
        using var output = new Blocked();
        var sink = New(output);
        var large = new string('x', 1024 * 1024);

        await EmitAsync(sink, Event(large), Count);

        Assert.True(drops.Of(TelemetryDrops.Console, TelemetryDrops.Logs) >= Count - (ConsoleSink.MaxSize / large.Length));
        output.Unblock();
        sink.Dispose();
    }

    [Fact]
    public async Task A_service_whose_output_lies_on_a_full_disk_serves_on_and_exits_with_0()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full.");
        await using var database = await postgres.CreateDatabaseAsync();
        await ServeAsync(database, $"exec \"$0\" \"$@\" {Talkative} >/dev/full");
    }

    [Fact]
    public async Task A_service_whose_output_nobody_reads_serves_on_and_exits_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        await ServeAsync(database, $"exec \"$0\" \"$@\" {Talkative}");
    }

    public void Dispose() => _services.Dispose();

    // If it waits, the test fails, and does not hang.
    private static Task EmitAsync(ConsoleSink sink, LogEvent logEvent, int count) => Task.Run(() =>
    {
        for (var i = 0; i < count; i++)
        {
            sink.Emit(logEvent);
        }
    }).WaitAsync(TimeSpan.FromMinutes(1));

    private static async Task ServeAsync(TestDatabase database, string command)
    {
        var ports = FreePorts.Take(2);
        var (port, managementPort) = (ports[0], ports[1]);
        using var api = ApiProgram.StartUnread(
            command, database, ("Service:Port", $"{port}"), ("Service:ManagementPort", $"{managementPort}"));
        using var client = new HttpClient();
        await Eventually.HoldsAsync(() => IsReadyAsync(client, managementPort), "ready");

        // Far more than a pipe holds, and more than waits for it.
        for (var i = 0; i < 600; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri($"http://127.0.0.1:{port}/v1/account"))).StatusCode);
        }

        await api.TerminateAsync();
        Assert.Equal(0, await api.ExitAsync());
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, int port)
    {
        try
        {
            return (await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"))).StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static LogEvent Event(string text) =>
        new(DateTimeOffset.UnixEpoch, LogEventLevel.Information, exception: null, new MessageTemplate([new TextToken(text)]), []);

    private ConsoleSink New(Stream output) => new(
        new MessageTemplateTextFormatter("{Message:lj}\n", CultureInfo.InvariantCulture),
        () => output,
        new TelemetryDrops(_services.GetRequiredService<IMeterFactory>()),
        new TelemetryShutdown());

    /// <summary>A pipe that is full.</summary>
    private sealed class Blocked : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();

        public void Unblock() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer) => _open.Wait();

        public override void Write(byte[] buffer, int offset, int count) => _open.Wait();
    }
}
