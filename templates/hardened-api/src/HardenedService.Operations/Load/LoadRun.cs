using System.Collections.Concurrent;
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
    private readonly LoadRecorder _recorder = new(plan);

    // Until when somebody leaves an operation alone, because the service asked for that (429), counted from the start.
    private readonly ConcurrentDictionary<(LoadUser User, string Operation), TimeSpan> _heldUntil = new();
    private readonly TaskCompletionSource _lastAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _underWay;
    private bool _isOver;
    private long _start;

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs until the last answer is there, or given up. When it is cancelled, it ends with what there is by then. Runs once.</summary>
    /// <param name="progress">Is told of each second, and how many calls are under way.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<LoadRecorder> RunAsync(Action<LoadSecond, int> progress, CancellationToken cancel)
    {
        _start = Stopwatch.GetTimestamp();

        // A thread of its own: those of the pool are for the answers, and would be late when there are many.
        var finished = Task.WhenAll(
            _lastAnswer.Task,
            Task.Factory.StartNew(() => Dispatch(cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var probe = Task.CompletedTask;

        for (var tick = Tick(); await Task.WhenAny(finished, tick) == tick; tick = Tick())
        {
            EndSecond();
            await probe;
            probe = ProbePoolAsync();
        }

        await Task.WhenAll(finished, probe);

        if (!_recorder.IsQuiet)
        {
            EndSecond();
        }

        return _recorder;

        Task Tick() => clock.WaitForNextTickAsync(CancellationToken.None).AsTask();

        void EndSecond() => progress(_recorder.EndSecond(Elapsed), Volatile.Read(ref _underWay));
    }

    // Answers are taken by the threads of the pool. When these are busy, an answer that is there waits, and looks as if it had come late.
    private Task ProbePoolAsync()
    {
        var asked = Elapsed;

        return Task.Run(() => _recorder.Wait(Elapsed - asked), CancellationToken.None);
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
            _recorder.Lasted = cancel.IsCancellationRequested || Elapsed > plan.Duration ? Elapsed : plan.Duration;
            Interlocked.Exchange(ref _isOver, true);
            EndIfLast(Volatile.Read(ref _underWay));
        }
    }

    // By whole milliseconds, so that it is over when this returns: what is due by then is made at once.
    private bool IsReached(TimeSpan due, CancellationToken cancel) =>
        !cancel.WaitHandle.WaitOne(Math.Max(0, (int)Math.Ceiling((due - Elapsed).TotalMilliseconds)));

    private void Make(LoadOperation operation, LoadUser user, TimeSpan due, CancellationToken cancel)
    {
        if (_heldUntil.TryGetValue((user, operation.Name), out var until) && until > Elapsed)
        {
            _recorder.Skip(operation, LoadOutcome.Limited);
        }
        else if (Volatile.Read(ref _underWay) >= plan.MostInFlight)
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
            var (outcome, failure) = await AskAsync(operation, user, request, cancel);
            _recorder.Finish(operation, outcome, Elapsed - due, failure);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Nobody waits for it any more: it is none.
        }
        finally
        {
            request.Dispose();
            EndIfLast(Interlocked.Decrement(ref _underWay));
        }
    }

    private async Task<(LoadOutcome Outcome, string? Failure)> AskAsync(LoadOperation operation, LoadUser user, HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            using var response = await client.SendAsync(request, cancel);

            if (response.StatusCode == HttpStatusCode.TooManyRequests)
            {
                _heldUntil[(user, operation.Name)] = Elapsed + (response.Headers.RetryAfter?.Delta ?? LoadPlan.UsualPause);

                return (LoadOutcome.Limited, null);
            }

            if (!response.IsSuccessStatusCode)
            {
                return (LoadOutcome.Failed, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            }

            operation.Succeeded?.Invoke(user, response);

            return (LoadOutcome.Succeeded, null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (LoadOutcome.Failed, "no answer in time");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return (LoadOutcome.Failed, "no connection, or it broke");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever an operation may do: a call that is made comes to an end that is counted.
            return (LoadOutcome.Failed, exception.GetType().Name);
        }
    }

    // Whoever makes the calls may leave at the moment at which the last one ends: then both find that it is over.
    private void EndIfLast(int underWay)
    {
        if (underWay == 0 && Volatile.Read(ref _isOver))
        {
            _lastAnswer.TrySetResult();
        }
    }
}
