using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HardenedService.Operations.Load;

/// <summary>
/// Makes the calls of a plan, each when it is due, however many are still under way. Latency counts from when a call was due: whoever came while the
/// service stood still has waited since then, and not since we got round to asking. Without that (the "coordinated omission" of load generators), a
/// stall would be one slow call among many fast ones.
/// </summary>
/// <param name="plan">What to do.</param>
/// <param name="users">Who does it.</param>
/// <param name="client">Of <see cref="LoadPlan.Connect"/>.</param>
/// <param name="random">What arrivals, users and operations are drawn from.</param>
internal sealed class LoadRun(LoadPlan plan, IReadOnlyList<LoadUser> users, HttpClient client, Random random)
{
    private static readonly TimeSpan UsualPause = TimeSpan.FromSeconds(1);

    private readonly LoadRecorder _recorder = new(plan.Mix);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The calls, and one for whoever makes them.
    private int _underWay = 1;
    private long _start;

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs until the last answer is there, or given up. When it is cancelled, it ends with what there is by then. Runs once.</summary>
    /// <param name="progress">Is told of each second, and how many calls are under way.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<LoadRecorder> RunAsync(Action<LoadSecond, int> progress, CancellationToken cancel)
    {
        foreach (var user in users)
        {
            user.HeldUntil = default;
        }

        _start = Stopwatch.GetTimestamp();

        // A thread of its own: those of the pool are for the answers, and would be late when there are many.
        var finished = Task.WhenAll(
            _finished.Task,
            Task.Factory.StartNew(() => Dispatch(cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1));

        for (var tick = Tick(); await Task.WhenAny(finished, tick) == tick; tick = Tick())
        {
            EndSecond();
        }

        await finished;
        _recorder.Took = Elapsed;
        EndSecond();

        return _recorder;

        Task Tick() => clock.WaitForNextTickAsync(CancellationToken.None).AsTask();

        void EndSecond()
        {
            if (_recorder.EndSecond(Elapsed) is { } second)
            {
                progress(second, Volatile.Read(ref _underWay) - 1);
            }
        }
    }

    private void Dispatch(CancellationToken cancel)
    {
        try
        {
            var arrivals = new Arrivals(plan.Rate, random);

            for (var due = arrivals.Next(); due < plan.Duration && IsReached(due, cancel); due = arrivals.Next())
            {
                Make(plan.Choose(random), users[random.Next(users.Count)], due, cancel);
            }
        }
        finally
        {
            Leave();
        }
    }

    // By whole milliseconds, so that it is over when this returns: what is due by then is made at once.
    private bool IsReached(TimeSpan due, CancellationToken cancel) =>
        !cancel.WaitHandle.WaitOne(Math.Max(0, (int)Math.Ceiling((due - Elapsed).TotalMilliseconds)));

    private void Make(LoadOperation operation, LoadUser user, TimeSpan due, CancellationToken cancel)
    {
        if (user.HeldUntil > Elapsed)
        {
            _recorder.Skip(operation, LoadOutcome.Limited);
        }
        else if (Volatile.Read(ref _underWay) > plan.MostInFlight)
        {
            _recorder.Skip(operation, LoadOutcome.Failed, "not made: too many under way");
        }
        else
        {
            var request = operation.Request(user, random);
            Interlocked.Increment(ref _underWay);
            _recorder.Start(Elapsed - due);
            _ = CallAsync(operation, user, request, due, cancel);
        }
    }

    private async Task CallAsync(LoadOperation operation, LoadUser user, HttpRequestMessage request, TimeSpan due, CancellationToken cancel)
    {
        try
        {
            var (outcome, failure) = await AskAsync(user, request, cancel);
            _recorder.Finish(operation, outcome, Elapsed - due, failure);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Nobody waits for it any more: it is none.
        }
        finally
        {
            request.Dispose();
            Leave();
        }
    }

    private async Task<(LoadOutcome Outcome, string? Failure)> AskAsync(LoadUser user, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            using var response = await client.SendAsync(request, cancel);

            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                user.HeldUntil = Elapsed + (response.Headers.RetryAfter?.Delta ?? UsualPause);

                return (LoadOutcome.Limited, null);
            }

            return response.IsSuccessStatusCode
                ? (LoadOutcome.Succeeded, null)
                : (LoadOutcome.Failed, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (LoadOutcome.Failed, "no answer in time");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return (LoadOutcome.Failed, "no connection, or it broke");
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            _finished.SetResult();
        }
    }
}
