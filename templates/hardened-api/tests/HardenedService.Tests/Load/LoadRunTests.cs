using System.Diagnostics;
using HardenedService.Operations.Load;

namespace HardenedService.Tests.Load;

/// <summary>The load generator, against a target in this process.</summary>
public sealed class LoadRunTests
{
    [Fact]
    public async Task Calls_arrive_at_the_rate_that_was_asked_for()
    {
        var report = await LoadTarget.AskAsync(_ => Task.CompletedTask, rate: 400, seconds: 2);

        // Of 800 by chance: five standard deviations.
        Assert.InRange(report.All.Count, 660, 940);
        Assert.Equal((0, 0), (report.All.Errors, report.All.Limited));
        Assert.Equal(report.All.Count, report.Seconds.Sum(second => second.Started));
        Assert.Equal(report.All.Count, report.Seconds.Sum(second => second.Finished));
        Assert.Equal(report.Seconds.Select(second => second.Second).Distinct().Order(), report.Seconds.Select(second => second.Second));
        Assert.InRange(report.All.P50, 0.001, report.All.Max);
    }

    [Fact]
    public async Task A_target_that_stands_still_is_asked_all_the_same_and_all_who_came_meanwhile_have_waited()
    {
        var began = new Lazy<Stopwatch>(Stopwatch.StartNew);
        var stands = (From: TimeSpan.FromSeconds(1), Until: TimeSpan.FromSeconds(2));
        var report = await LoadTarget.AskAsync(
            async context =>
            {
                if (began.Value.Elapsed > stands.From && stands.Until - began.Value.Elapsed is { Ticks: > 0 } rest)
                {
                    await Task.Delay(rest, context.RequestAborted);
                }
            },
            rate: 200,
            seconds: 3);

        // A third came while it stood still, and waited for half a second on average. A client that waits for its answer would have met one slow call.
        Assert.InRange(report.All.P99, 700, 30_000);
        Assert.InRange(report.All.P90, 300, 30_000);
        Assert.Equal(0, report.All.Errors);
    }

    [Fact]
    public async Task Latency_counts_from_when_a_call_was_due_and_not_from_when_it_was_made()
    {
        // The generator itself is kept from its work, as by a machine that is too busy.
        var held = 0;
        var report = await LoadTarget.AskAsync(
            _ => Task.CompletedTask,
            rate: 200,
            seconds: 1.5,
            plan => plan with
            {
                Mix = [plan.Mix[0] with
                {
                    Request = (user, random) =>
                    {
                        if (++held == 100)
                        {
                            TestContext.Current.CancellationToken.WaitHandle.WaitOne(500);
                        }

                        return plan.Mix[0].Request(user, random);
                    },
                }],
            });

        Assert.InRange(report.All.P99, 400, 30_000);
        Assert.InRange(report.GeneratorP99, 400, 30_000);
    }

    [Fact]
    public async Task Seconds_in_which_nothing_happens_are_told_as_well()
    {
        var report = await LoadTarget.AskAsync(_ => Task.Delay(2500, CancellationToken.None), rate: 20, seconds: 0.5);

        Assert.Contains(report.Seconds, second => second is { Started: 0, Finished: 0 });

        // By the time for which calls arrived, and not by when the last answer was there.
        Assert.InRange(report.All.Rate, report.All.Count / 2.0, report.All.Count / 0.5);
        Assert.Equal(report.All.Count, report.Seconds.Sum(second => second.Finished));
    }

    [Fact]
    public async Task Each_second_tells_how_many_calls_are_under_way_also_when_no_more_are_made()
    {
        List<int> open = [];
        var report = await LoadTarget.AskAsync(_ => Task.Delay(2500, CancellationToken.None), rate: 20, seconds: 0.5, progress: (_, underWay) => open.Add(underWay));

        Assert.Equal((report.All.Count, 0), (open[0], open[^1]));
    }

    [Fact]
    public async Task A_target_that_is_stuck_is_asked_by_no_more_than_so_many_at_once_and_the_rest_are_errors()
    {
        var calls = 0;
        var report = await LoadTarget.AskAsync(
            async context =>
            {
                Interlocked.Increment(ref calls);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            },
            rate: 100,
            seconds: 0.5,
            plan => plan with { MostInFlight = 3, Patience = TimeSpan.FromSeconds(2) });

        Assert.Equal(3, calls);
        Assert.Equal(report.All.Count, report.All.Errors);
        Assert.Equal(
            [new LoadFailure("not made: too many under way", report.All.Count - 3), new LoadFailure("no answer in time", 3)],
            report.Operations[0].Failures);

        // What could not be made counts as if somebody had waited for it.
        Assert.Equal(report.All.Count, report.Seconds.Sum(second => second.Errors));
        Assert.InRange(report.All.P50, 1990, 30_000);
    }

    [Fact]
    public async Task It_ends_when_it_is_told_to_with_what_it_has_found_by_then()
    {
        using var stop = new CancellationTokenSource();
        var calls = 0;
        var watch = Stopwatch.StartNew();
        var report = await LoadTarget.AskAsync(
            async context =>
            {
                if (Interlocked.Increment(ref calls) >= 20)
                {
                    await stop.CancelAsync();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                }
            },
            rate: 100,
            seconds: 3600,
            cancel: stop.Token);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(report.All.Count, 1, 1000);
        Assert.Equal(0, report.All.Errors);
    }
}
