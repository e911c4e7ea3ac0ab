using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.RateLimiting;

/// <summary>There is no room in a <see cref="Bulkhead"/>, and waiting for it would take too long. Answered with 503 <c>unavailable</c>.</summary>
/// <param name="message">Which one.</param>
public sealed class BulkheadFullException(string message) : Exception(message);

/// <summary>
/// Keeps one kind of costly work from taking the whole processor: so much of it at a time, a short queue with a bounded wait, and nothing
/// beyond.
/// </summary>
public sealed class Bulkhead : IDisposable
{
    private static readonly MetricLabel Label = MetricLabel.Each("bulkhead", "the name of a bulkhead: `password_hashing`");

    private static readonly MetricDefinition Waiting = new(
        MetricKind.UpDownCounter, "bulkhead.waiting", "{call}", "Calls that wait for room in a bulkhead.", Label);

    private static readonly MetricDefinition Waits = new(
        MetricKind.Histogram, "bulkhead.wait", "s", "How long calls waited for room in a bulkhead, those that got none among them.", Label);

    private static readonly MetricDefinition Refusals = new(
        MetricKind.Counter, "bulkhead.refusals", "{call}", "Calls that a bulkhead had no room for in time.", Label);

    private readonly string _name;
    private readonly string _stage;
    private readonly int _capacity;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ConcurrencyLimiter _limiter;
    private readonly UpDownCounter<long> _waiting;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _refusals;
    private int _admitted;

    /// <summary>Makes a bulkhead.</summary>
    /// <param name="name">What it is for, as it stands in metrics.</param>
    /// <param name="concurrency">How much of the work goes on at once.</param>
    /// <param name="queue">How many may wait for it, first come, first served.</param>
    /// <param name="patience">How long one waits at most.</param>
    /// <param name="clock">Measures the wait.</param>
    /// <param name="meters">Makes the instruments.</param>
    public Bulkhead(string name, int concurrency, int queue, TimeSpan patience, TimeProvider clock, IMeterFactory meters)
    {
        _name = name;
        _stage = $"wait for {name}";
        _capacity = concurrency + queue;
        _patience = patience;
        _clock = clock;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = concurrency, QueueLimit = queue });
        _waiting = meters.UpDownCounter(Waiting);
        _waits = meters.Histogram(Waits);
        _refusals = meters.Counter(Refusals);
    }

    /// <summary>
    /// Lets a call in that will need room, before it does anything else. No more are in than can be at work and wait: those in excess cost
    /// next to nothing.
    /// </summary>
    /// <returns>The call's place, to be disposed at its end.</returns>
    /// <exception cref="BulkheadFullException">So many are in already.</exception>
    public IDisposable Admit()
    {
        if (Interlocked.Increment(ref _admitted) > _capacity)
        {
            Interlocked.Decrement(ref _admitted);
            throw Full();
        }

        return new Place(this);
    }

    /// <summary>Does the work once there is room. Who leaves while waiting leaves the queue.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work, which holds a thread.</param>
    /// <param name="cancel">Gives up while waiting; work that has begun is finished.</param>
    /// <returns>The work's result.</returns>
    /// <exception cref="BulkheadFullException">The queue is full, or the wait took too long.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up while waiting.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var room = await EnterAsync(cancel);

        return work();
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private async Task<RateLimitLease> EnterAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(_patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        using var stage = ServiceTraces.Stage(_stage);
        var began = _clock.GetTimestamp();
        _waiting.Add(1, Label.Is(_name));

        try
        {
            var lease = await _limiter.AcquireAsync(1, either.Token);

            if (lease.IsAcquired)
            {
                return lease;
            }

            lease.Dispose();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Waited for too long.
        }
        finally
        {
            _waiting.Add(-1, Label.Is(_name));
            _waits.Record(_clock.GetElapsedTime(began).TotalSeconds, Label.Is(_name));
        }

        throw Full();
    }

    private BulkheadFullException Full()
    {
        _refusals.Add(1, Label.Is(_name));

        return new BulkheadFullException($"The bulkhead of {_name} is full.");
    }

    private sealed class Place(Bulkhead bulkhead) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref bulkhead._admitted);
    }
}
