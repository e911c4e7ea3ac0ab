using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;

namespace HardenedService.Tests.Compat;

public sealed class SeqOutageTests
{
    private static readonly TimeSpan ShutdownDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_Seq_that_is_down_holds_nothing_up() =>
        await NothingIsHeldUpAsync($"http://127.0.0.1:{FreePort()}", underWay: () => Task.CompletedTask);

    [Fact]
    public async Task A_Seq_that_accepts_and_never_answers_holds_nothing_up()
    {
        await using var seq = await SeqServer.StartAsync();
        seq.Answer = context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

        await NothingIsHeldUpAsync(seq.Url, seq.NextAsync);
    }

    [Fact]
    public async Task A_Seq_that_answers_a_byte_at_a_time_holds_nothing_up()
    {
        await using var seq = await SeqServer.StartAsync();
        seq.Answer = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(200), context.RequestAborted);
            }
        };

        await NothingIsHeldUpAsync(seq.Url, seq.NextAsync);
    }

    [Fact]
    public async Task A_handler_that_does_not_heed_cancellation_does_not_hold_up_shutdown()
    {
        using var deaf = new DeafHandler();
        var logger = new LoggerConfiguration().WriteTo.Seq("http://localhost", messageHandler: deaf, formatProvider: CultureInfo.InvariantCulture).CreateLogger();
        logger.Information("Hello");
        await deaf.Called.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        var start = Stopwatch.GetTimestamp();
        await logger.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, ShutdownDeadline);
    }

    private static int FreePort()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        return ((IPEndPoint)taken.LocalEndpoint).Port;
    }

    // A service as ours, whose logger goes with the container: requests are answered, and the host ends, as if Seq were well.
    private static async Task NothingIsHeldUpAsync(string url, Func<Task> underWay)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(new LoggerConfiguration().WriteTo.Seq(url, queueSizeLimit: 1000, formatProvider: CultureInfo.InvariantCulture).CreateLogger(), dispose: true);
        var app = builder.Build();
        app.Run(context =>
        {
            var logger = context.RequestServices.GetRequiredService<ILogger<SeqOutageTests>>();
            for (var i = 0; i < 5000; i++)
            {
                Answering(logger, i, null);
            }

            return context.Response.WriteAsync("answered");
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        await underWay();

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var start = Stopwatch.GetTimestamp();
        Assert.Equal("answered", await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, RequestDeadline);

        await app.StopAsync(TestContext.Current.CancellationToken);
        start = Stopwatch.GetTimestamp();
        await app.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, ShutdownDeadline);
    }

    private static readonly Action<Microsoft.Extensions.Logging.ILogger, int, Exception?> Answering =
        LoggerMessage.Define<int>(LogLevel.Information, default, "Answering {Number}");

    private sealed class DeafHandler : HttpMessageHandler
    {
        private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Called => _called.Task;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _called.TrySetResult();
            return new TaskCompletionSource<HttpResponseMessage>().Task;
        }
    }
}
