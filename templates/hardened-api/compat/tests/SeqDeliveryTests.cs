using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace HardenedService.Tests.Compat;

public sealed class SeqDeliveryTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Fact]
    public async Task The_first_event_goes_at_once_to_the_ingestion_endpoint_with_the_key()
    {
        await using var seq = await SeqServer.StartAsync();
        await using var logger = new LoggerConfiguration().WriteTo.Seq(seq.Url, apiKey: "the-key", period: Never, formatProvider: CultureInfo.InvariantCulture).CreateLogger();

        logger.Information("Hello");

        var request = await seq.NextAsync();
        Assert.Equal("POST /api/events/raw", request.Line);
        Assert.Equal("application/vnd.serilog.clef; charset=utf-8", request.ContentType);
        Assert.Equal("the-key", request.ApiKey);
        Assert.Equal(["Hello"], request.Templates);
    }

    [Fact]
    public async Task A_path_in_the_address_is_kept_and_no_key_is_no_header()
    {
        await using var seq = await SeqServer.StartAsync();
        await using var logger = new LoggerConfiguration().WriteTo.Seq($"{seq.Url}/logs", formatProvider: CultureInfo.InvariantCulture).CreateLogger();

        logger.Information("Hello");

        var request = await seq.NextAsync();
        Assert.Equal("POST /logs/api/events/raw", request.Line);
        Assert.Null(request.ApiKey);
    }

    [Fact]
    public async Task Events_gather_until_the_batch_is_full_and_the_rest_goes_at_shutdown()
    {
        await using var seq = await SeqServer.StartAsync();
        var logger = new LoggerConfiguration().WriteTo.Seq(seq.Url, period: Never, batchPostingLimit: 2, formatProvider: CultureInfo.InvariantCulture).CreateLogger();
        logger.Information("0");
        await seq.NextAsync();

        foreach (var template in new[] { "1", "2", "3" })
        {
            logger.Information(template);
        }

        Assert.Equal(["1", "2"], (await seq.NextAsync()).Templates);
        Assert.Empty(seq.Unread());

        await logger.DisposeAsync();
        Assert.Equal(["3"], Assert.Single(seq.Unread()).Templates);

        logger.Information("after the end");
        Assert.Empty(seq.Unread());
    }

    [Fact]
    public async Task Events_gather_for_a_period()
    {
        await using var seq = await SeqServer.StartAsync();
        await using var logger = new LoggerConfiguration().WriteTo.Seq(seq.Url, period: TimeSpan.FromMilliseconds(500), formatProvider: CultureInfo.InvariantCulture).CreateLogger();
        logger.Information("0");
        await seq.NextAsync();

        logger.Information("1");
        logger.Information("2");

        Assert.Equal(["1", "2"], (await seq.NextAsync()).Templates);
    }

    [Fact]
    public async Task A_batch_that_was_not_taken_goes_again()
    {
        await using var seq = await SeqServer.StartAsync();
        seq.Answer = Refuse;
        await using var logger = new LoggerConfiguration().WriteTo.Seq(seq.Url, period: TimeSpan.FromMilliseconds(50), formatProvider: CultureInfo.InvariantCulture).CreateLogger();

        logger.Information("Hello");

        Assert.Equal(["Hello"], (await seq.NextAsync()).Templates);
        Assert.Equal(["Hello"], (await seq.NextAsync()).Templates);

        Task Refuse(HttpContext context)
        {
            seq.Answer = SeqServer.Accept;
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_full_queue_drops_further_events()
    {
        await using var seq = await SeqServer.StartAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        seq.Answer = async context =>
        {
            await released.Task;
            await SeqServer.Accept(context);
        };
        var logger = new LoggerConfiguration().WriteTo.Seq(seq.Url, queueSizeLimit: 3, formatProvider: CultureInfo.InvariantCulture).CreateLogger();
        logger.Information("0");
        await seq.NextAsync();

        foreach (var template in new[] { "1", "2", "3", "4", "5" })
        {
            logger.Information(template);
        }

        released.SetResult();
        await logger.DisposeAsync();
        Assert.Equal(["1", "2", "3"], seq.Unread().SelectMany(request => request.Templates));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_level_that_Seq_asks_for_is_followed_as_long_as_it_asks(bool withSwitch)
    {
        await using var seq = await SeqServer.StartAsync();
        seq.Answer = context => context.Response.WriteAsync("""{"MinimumLevelAccepted":"Error"}""");
        var level = withSwitch ? new LoggingLevelSwitch(LogEventLevel.Information) : null;
        await using var logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Seq(seq.Url, controlLevelSwitch: level, period: TimeSpan.FromMilliseconds(1), formatProvider: CultureInfo.InvariantCulture)
            .CreateLogger();
        logger.Error("0");
        await seq.NextAsync();
        logger.Error("1");
        await seq.NextAsync();

        // The second batch was under way only after the answer to the first was heeded.
        logger.Warning("not asked for");
        logger.Error("2");
        Assert.Equal(["2"], (await seq.NextAsync()).Templates);

        seq.Answer = SeqServer.Accept;
        logger.Error("3");
        await seq.NextAsync();
        logger.Error("4");
        await seq.NextAsync();

        logger.Information("asked for again");
        Assert.Equal(["asked for again"], (await seq.NextAsync()).Templates);
        Assert.Equal(withSwitch ? LogEventLevel.Information : null, level?.MinimumLevel);
    }

    [Theory]
    [InlineData("not a url", 1, 1, 1)]
    [InlineData("http://localhost", 0, 1, 1)]
    [InlineData("http://localhost", 1, 0, 1)]
    [InlineData("http://localhost", 1, 1, 0)]
    public void A_setting_that_cannot_be_meant_is_refused(string url, int batch, int queue, int period) =>
        Assert.ThrowsAny<ArgumentException>(() => new LoggerConfiguration().WriteTo.Seq(
            url, batchPostingLimit: batch, queueSizeLimit: queue, period: TimeSpan.FromSeconds(period), formatProvider: CultureInfo.InvariantCulture));
}
