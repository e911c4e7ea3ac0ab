using HardenedService.Operations.Load;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Load;

/// <summary>What calls come to, and what of it is judged.</summary>
public sealed class LoadOutcomeTests
{
    [Fact]
    public async Task Failures_are_counted_by_their_kind()
    {
        var calls = 0;
        var report = await LoadTarget.AskAsync(
            context =>
            {
                context.Response.StatusCode = Interlocked.Increment(ref calls) % 2 == 0 ? StatusCodes.Status500InternalServerError : StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            },
            rate: 200,
            seconds: 0.5);

        Assert.InRange(report.All.Errors, 1, report.All.Count);
        Assert.Equal([new LoadFailure("500", report.All.Errors)], report.Operations[0].Failures);
        Assert.Equal(report.All.Errors, report.Seconds.Sum(second => second.Errors));
        Assert.False(report.SloMet);

        // What fails is fast, and is not to look so: nobody gets what they came for before they would have given up.
        Assert.InRange(report.P99, 9990, 30_000);
        Assert.InRange(report.All.Rate * 0.5, 0, report.All.Count - report.All.Errors + 0.001);
    }

    [Fact]
    public async Task A_failure_that_nobody_has_foreseen_is_one_as_well()
    {
        var report = await LoadTarget.AskAsync(
            _ => Task.CompletedTask,
            rate: 100,
            seconds: 0.5,
            plan => plan with { Mix = [plan.Mix[0] with { Succeeded = (_, _) => throw new NotSupportedException() }] });

        Assert.InRange(report.All.Errors, 1, report.All.Count);
        Assert.Equal([new LoadFailure(nameof(NotSupportedException), report.All.Count)], report.Operations[0].Failures);
    }

    [Fact]
    public async Task Calls_without_a_promise_are_not_in_what_is_judged()
    {
        var report = await LoadTarget.AskAsync(
            context => context.Request.Path == "/slow" ? Task.Delay(200, context.RequestAborted) : Task.CompletedTask,
            rate: 100,
            seconds: 1,
            plan => plan with
            {
                Mix = [plan.Mix[0], new LoadOperation("slow", 1, (_, _) => new HttpRequestMessage(HttpMethod.Get, "/slow")) { HasLatencyObjective = false }],
            });

        Assert.Equal(["ask", "slow", "promised", "all"], report.Operations.Select(operation => operation.Name));
        Assert.Equal(report.Operations[0] with { Name = "promised", Failures = [] }, report.Promised with { Failures = [] });
        Assert.Equal(report.Promised.P99, report.P99);
        Assert.InRange(report.Operations[1].P50, 200, 30_000);
        Assert.InRange(report.All.P99, 200, 30_000);
    }

    [Fact]
    public async Task Nobody_at_home_is_a_failure_of_each_call()
    {
        var report = await LoadTarget.AskAsync(new Uri("http://127.0.0.1:1"), rate: 100, seconds: 0.5);

        Assert.Equal(report.All.Count, report.All.Errors);
        Assert.Equal("no connection, or it broke", Assert.Single(report.Operations[0].Failures).What);
    }

    [Fact]
    public async Task Who_is_asked_to_wait_does_and_what_they_would_have_asked_is_counted_apart()
    {
        var calls = 0;
        var report = await LoadTarget.AskAsync(
            context =>
            {
                Interlocked.Increment(ref calls);
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                context.Response.Headers.RetryAfter = "60";
                return Task.CompletedTask;
            },
            rate: 50,
            seconds: 1);

        Assert.InRange(calls, 1, report.All.Count - 1);
        Assert.Equal((0, report.All.Count), (report.All.Errors, report.All.Limited));
        Assert.Equal((0.0, 0.0), (report.All.Max, report.All.Rate));
        Assert.Contains(report.Misses, miss => miss.Contains("turned away by its rate limits", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_asked_to_wait_with_one_operation_goes_on_with_the_others()
    {
        var report = await LoadTarget.AskAsync(
            context =>
            {
                context.Response.StatusCode = context.Request.Path == "/limited" ? StatusCodes.Status429TooManyRequests : StatusCodes.Status204NoContent;
                context.Response.Headers.RetryAfter = "60";
                return Task.CompletedTask;
            },
            rate: 100,
            seconds: 0.5,
            plan => plan with { Mix = [plan.Mix[0], new LoadOperation("limited", 1, (_, _) => new HttpRequestMessage(HttpMethod.Get, "/limited"))] });

        Assert.Equal((0, report.Operations[1].Count), (report.Operations[0].Limited, report.Operations[1].Limited));
    }
}
