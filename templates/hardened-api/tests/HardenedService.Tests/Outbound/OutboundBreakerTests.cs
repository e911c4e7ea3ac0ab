using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Outbound;

[Wall("K2")]
public sealed class OutboundBreakerTests
{
    private const int Callers = 14;
    private const int Minimum = 10;

    private static readonly TimeSpan BreakDuration = new OutboundOptions().BreakDuration;

    [Fact]
    public async Task After_so_many_failures_there_are_no_calls_any_more()
    {
        await using var scene = await BrokenAsync();
        var failures = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scene.FailAsync()));

        Assert.Equal(Minimum, scene.Attempts);
        Assert.All(failures, failure => Assert.Equal((UpstreamFailure.Unavailable, BreakDuration), (failure.Failure, failure.RetryAfter)));
        Assert.Equal(100, scene.Metrics.Sum("refusals", "Planted,breaker"));
        Assert.Equal([0, 2], scene.Metrics.Shown("breaker"));
        Assert.Single(scene.Log.Records, record => record is { Level: LogLevel.Warning, Message: "Calls to Planted fail: it is not called for 00:00:05" });
    }

    [Fact]
    public async Task Of_fourteen_callers_at_once_one_probes_and_its_success_lets_in_all()
    {
        await using var scene = Scene();

        for (var round = 0; round < 20; round++)
        {
            await BreakAsync(scene);
            var before = scene.Attempts;
            var probe = new TaskCompletionSource();
            scene.Server.Behavior = async (request, stream, stop) =>
            {
                await probe.Task.WaitAsync(stop);
                await FaultyServer.Json("{}")(request, stream, stop);
            };
            scene.Clock.Advance(BreakDuration);
            var calls = Enumerable.Range(0, Callers).Select(_ => Task.Run(scene.TryAsync)).ToList();
            await Eventually.HoldsAsync(() => calls.Count(call => call.IsCompleted) == Callers - 1, "thirteen are refused");
            await scene.ReceivedAsync(before + 1);

            Assert.Equal(before + 1, scene.Attempts);
            probe.SetResult();
            var results = await Task.WhenAll(calls);
            Assert.Single(results, failure => failure is null);
            Assert.All(results.OfType<UpstreamException>(), failure => Assert.Equal(UpstreamFailure.Unavailable, failure.Failure));

            Assert.Equal(Enumerable.Repeat<UpstreamException?>(null, Callers), await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => scene.TryAsync())));
            Assert.Equal(before + 1 + Callers, scene.Attempts);
        }

        Assert.Equal([0, 2, 1, 0], scene.Metrics.Shown("breaker").Take(4));
    }

    [Fact]
    public async Task A_probe_that_fails_keeps_the_others_out_for_as_long_again()
    {
        await using var scene = await BrokenAsync();
        scene.Clock.Advance(BreakDuration);
        Assert.Equal(UpstreamFailure.Failed, (await scene.FailAsync()).Failure);
        scene.Clock.Advance(BreakDuration - TimeSpan.FromMilliseconds(1));

        Assert.Equal(TimeSpan.FromMilliseconds(1), (await scene.FailAsync()).RetryAfter);
        Assert.Equal(Minimum + 1, scene.Attempts);
    }

    [Fact]
    public async Task A_probe_whose_caller_gives_up_neither_lets_in_the_others_nor_keeps_them_out_for_good()
    {
        await using var scene = await BrokenAsync();
        scene.Server.Behavior = FaultyServer.Hang;
        scene.Clock.Advance(BreakDuration);
        using var leaving = new CancellationTokenSource();
        var probe = scene.Http.SendAsync(OutboundScene.Get(), leaving.Token);
        await scene.ReceivedAsync(Minimum + 1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);

        scene.Server.Behavior = FaultyServer.Json("{}");
        Assert.Equal(UpstreamFailure.Unavailable, (await scene.FailAsync()).Failure);
        scene.Clock.Advance(BreakDuration);
        Assert.Null(await scene.TryAsync());
    }

    [Fact]
    public async Task Answers_that_are_about_the_call_alone_leave_the_breaker_closed()
    {
        await using var scene = Scene();
        scene.Server.Behavior = FaultyServer.Status(404);

        for (var i = 0; i < Minimum * 2; i++)
        {
            using var response = await scene.SendAsync(OutboundScene.Get());
        }

        Assert.Equal(Minimum * 2, scene.Attempts);
    }

    [Fact]
    public async Task A_full_bulkhead_refuses_at_once_and_has_no_queue()
    {
        await using var scene = new OutboundScene(("MaxConcurrency", $"{Callers}"), ("Retries", "0"));
        scene.Server.Behavior = FaultyServer.Hang;
        var calls = Enumerable.Range(0, 100).Select(_ => Task.Run(scene.TryAsync)).ToList();
        await Eventually.HoldsAsync(() => calls.Count(call => call.IsCompleted) == 100 - Callers, "all but fourteen are refused");
        await scene.ReceivedAsync(Callers);

        Assert.All(calls.Where(call => call.IsCompleted), call => Assert.Equal(UpstreamFailure.Unavailable, call.Result!.Failure));
        Assert.Equal(100 - Callers, scene.Metrics.Sum("refusals", "Planted,concurrency"));
        Assert.Single(scene.Log.Records, record => record.Message.StartsWith("So many calls to Planted are under way", StringComparison.Ordinal));

        // Nobody waited: as those under way end, others are let in.
        scene.Clock.Advance(new OutboundOptions().TotalTimeout);
        await Task.WhenAll(calls);
        Assert.Equal(Callers, scene.Attempts);
        scene.Server.Behavior = FaultyServer.Json("{}");
        Assert.Null(await scene.TryAsync());
    }

    [Fact]
    public async Task Refusals_of_a_full_bulkhead_do_not_pass_for_successes()
    {
        await using var scene = new OutboundScene(("MaxConcurrency", $"{Minimum}"), ("BreakerMinimumAttempts", $"{Minimum}"), ("Retries", "0"));
        scene.Server.Behavior = FaultyServer.Hang;
        var calls = Enumerable.Range(0, 100).Select(_ => scene.TryAsync()).ToList();
        await scene.ReceivedAsync(Minimum);
        scene.Clock.Advance(new OutboundOptions().AttemptTimeout);
        await Task.WhenAll(calls);

        Assert.Equal([0, 2], scene.Metrics.Shown("breaker"));
    }

    private static OutboundScene Scene() => new(("BreakerMinimumAttempts", $"{Minimum}"), ("Retries", "0"));

    private static async Task<OutboundScene> BrokenAsync()
    {
        var scene = Scene();
        await BreakAsync(scene);

        return scene;
    }

    // In a window of its own: successes before would weigh against the failures.
    private static async Task BreakAsync(OutboundScene scene)
    {
        scene.Clock.Advance(new OutboundOptions().BreakerWindow);
        scene.Server.Behavior = FaultyServer.Status(500);

        for (var i = 0; i < Minimum; i++)
        {
            await scene.FailAsync();
        }
    }
}
