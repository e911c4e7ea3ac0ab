using System.Globalization;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

[Wall("K1")]
public sealed class OutboundRetryTests
{
    private static readonly TimeSpan AttemptTimeout = new OutboundOptions().AttemptTimeout;

    public static TheoryData<string> Faults => ["500", "reset", "hang"];

    [Fact]
    public async Task A_call_that_succeeds_is_made_once()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Json("""{"name":"a thing"}""");
        using var response = await scene.SendAsync(OutboundScene.Get("things/1"));

        Assert.Equal("/things/1", Assert.Single(scene.Server.Requests).Path);
        Assert.Equal(1, scene.Metrics.Sum("attempts", "Planted,answered"));
    }

    [Theory]
    [InlineData("GET", 3)]
    [InlineData("HEAD", 3)]
    [InlineData("OPTIONS", 3)]
    [InlineData("PUT", 3)]
    [InlineData("DELETE", 3)]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    public async Task What_may_happen_twice_is_tried_three_times_and_the_rest_once(string method, int attempts)
    {
        await using var scene = new OutboundScene(("RetryFloor", "100"));
        var failures = new List<UpstreamException>();

        // The runtime repeats what is reset before an answer, too, if it is let.
        foreach (var behavior in new[] { FaultyServer.Status(500), FaultyServer.Reset, FaultyServer.Close })
        {
            scene.Server.Behavior = behavior;
            failures.Add(await scene.FailAsync(new HttpRequestMessage(new HttpMethod(method), new Uri("things", UriKind.Relative))));
            Assert.Equal(failures.Count * attempts, scene.Attempts);
        }

        Assert.All(failures, failure => Assert.Equal(UpstreamFailure.Failed, failure.Failure));
        Assert.Equal("Planted answered 500.", failures[0].Message);
        Assert.Equal(3 * attempts, scene.Metrics.Sum("attempts", "Planted,failed"));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_post_without_a_key_is_sent_once_whatever_happens_to_it(string fault)
    {
        await using var scene = new OutboundScene();

        // On a connection that has been used before: there the runtime itself would repeat what it may.
        (await scene.SendAsync(OutboundScene.Get())).Dispose();
        await FailAsync(scene, fault, OutboundScene.Post(), attempts: 1);
        scene.Server.Behavior = FaultyServer.Json("{}");
        (await scene.SendAsync(OutboundScene.Get())).Dispose();
        await FailAsync(scene, fault, new HttpRequestMessage(HttpMethod.Post, new Uri("things", UriKind.Relative)), attempts: 1);

        Assert.Equal(["GET", "POST", "GET", "POST"], scene.Server.Requests.Select(request => request.Method));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_post_with_a_key_is_repeated_with_the_same_key_and_body(string fault)
    {
        await using var scene = new OutboundScene();
        await FailAsync(scene, fault, OutboundScene.Post().WithIdempotencyKey("one-thing"), attempts: 3);

        Assert.Equal(3, scene.Attempts);
        Assert.All(scene.Server.Requests, request =>
        {
            Assert.Equal("one-thing", Assert.Single(request.Headers["Idempotency-Key"]));
            Assert.Equal("a thing", request.Body);
        });
    }

    [Fact]
    public async Task A_body_that_can_be_read_once_is_sent_once()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(500);
        using var stream = new MemoryStream([1, 2, 3]);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri("things", UriKind.Relative)) { Content = new StreamContent(stream) };
        await scene.FailAsync(request);

        Assert.Equal(1, scene.Attempts);
    }

    [Fact]
    public async Task A_call_ends_at_its_total_timeout_in_the_middle_of_an_attempt()
    {
        await using var scene = new OutboundScene(("TotalTimeout", "00:00:05"));
        scene.Server.Behavior = FaultyServer.Hang;
        var call = scene.FailAsync();
        await scene.ReceivedAsync(1);
        scene.Clock.Advance(AttemptTimeout);
        await scene.ReceivedAsync(2);
        scene.Clock.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(call.IsCompleted);
        scene.Clock.Advance(TimeSpan.FromSeconds(0.001));

        Assert.Equal(UpstreamFailure.TimedOut, (await call).Failure);
        Assert.Equal(2, scene.Attempts);
    }

    [Fact]
    public async Task A_caller_that_gives_up_ends_the_call()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Hang;
        using var leaving = new CancellationTokenSource();
        var call = scene.Http.SendAsync(OutboundScene.Get(), leaving.Token);
        await scene.ReceivedAsync(1);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, scene.Attempts);
        Assert.Equal(1, scene.Metrics.Sum("attempts", "Planted,given_up"));
    }

    [Theory]
    [InlineData("Retry-After: 4")]
    [InlineData("Retry-After: Thu, 01 Jan 2015 00:00:04 GMT")]
    public async Task Retry_after_is_waited_for_by_the_other_systems_own_clock(string header)
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(429, header, "Date: Thu, 01 Jan 2015 00:00:00 GMT");
        var call = scene.SendAsync(OutboundScene.Get());
        await Eventually.HoldsAsync(() => scene.Clock.Awaited.Contains(TimeSpan.FromSeconds(4)), "a pause of four seconds");
        scene.Server.Behavior = FaultyServer.Json("{}");
        scene.Clock.Advance(TimeSpan.FromSeconds(3.999));
        Assert.Equal(1, scene.Attempts);
        scene.Clock.Advance(TimeSpan.FromSeconds(0.001));
        (await call).Dispose();

        Assert.Equal(2, scene.Attempts);
    }

    [Fact]
    public async Task A_pause_longer_than_the_call_may_take_is_left_to_the_caller()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(503, "Retry-After: 60");
        var failure = await scene.FailAsync();

        Assert.Equal((UpstreamFailure.Unavailable, TimeSpan.FromMinutes(1)), (failure.Failure, failure.RetryAfter));
        Assert.Equal(1, scene.Attempts);
    }

    [Fact]
    public async Task Pauses_differ_so_that_callers_do_not_come_back_all_at_once()
    {
        await using var scene = new OutboundScene(("FirstRetry", "00:00:01"), ("RetryFloor", "20"));
        scene.Server.Behavior = FaultyServer.Status(500);
        var calls = Enumerable.Range(0, 20).Select(_ => scene.FailAsync()).ToList();
        var timeouts = new[] { AttemptTimeout, new OutboundOptions().TotalTimeout };

        await Eventually.HoldsAsync(() => scene.Clock.Awaited.Except(timeouts).Count() > 10, "more than ten different pauses");
        scene.Clock.Advance(timeouts.Max());
        await Task.WhenAll(calls);
    }

    [Theory]
    [InlineData("500")]
    [InlineData("reset")]
    public async Task In_a_storm_of_a_hundred_callers_there_are_at_most_1_1_times_as_many_attempts(string fault)
    {
        await using var scene = new OutboundScene(("MaxConcurrency", "1000"));
        scene.Server.Behavior = BehaviorOf(fault);

        for (var round = 1; round <= 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scene.FailAsync()));

            Assert.InRange(scene.Attempts, round * 100, round * 110);
        }

        Assert.True(scene.Metrics.Sum("refusals", "Planted,retry_budget") > 0);
        Assert.Single(scene.Log.Records, record => record is { Level: LogLevel.Warning, Message: "So many calls to Planted fail that the rest of them is not repeated" });
    }

    [Fact]
    public async Task Rare_calls_have_three_repetitions_in_ten_seconds()
    {
        await using var scene = new OutboundScene();
        scene.Server.Behavior = FaultyServer.Status(500);

        foreach (var attempts in new[] { 3, 5, 6 })
        {
            await scene.FailAsync();
            Assert.Equal(attempts, scene.Attempts);
        }

        scene.Clock.Advance(TimeSpan.FromSeconds(10));
        await scene.FailAsync();
        Assert.Equal(9, scene.Attempts);
    }

    // Lets a call fail in every attempt that it is given.
    private static async Task FailAsync(OutboundScene scene, string fault, HttpRequestMessage request, int attempts)
    {
        var before = scene.Attempts;
        scene.Server.Behavior = BehaviorOf(fault);
        var call = scene.FailAsync(request);

        for (var i = 1; i <= attempts && fault == "hang"; i++)
        {
            await scene.ReceivedAsync(before + i);
            scene.Clock.Advance(AttemptTimeout);
        }

        Assert.Equal(fault == "hang" ? UpstreamFailure.TimedOut : UpstreamFailure.Failed, (await call).Failure);
    }

    private static Func<ReceivedRequest, Stream, CancellationToken, Task> BehaviorOf(string fault) => fault switch
    {
        "reset" => FaultyServer.Reset,
        "hang" => FaultyServer.Hang,
        _ => FaultyServer.Status(int.Parse(fault, CultureInfo.InvariantCulture)),
    };
}
