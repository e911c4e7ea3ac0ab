namespace HardenedService.Operations.Load;

/// <summary>What came of a call.</summary>
internal enum LoadOutcome
{
    Succeeded,
    Failed,

    /// <summary>The service asked to be left alone for a while (429), or the call was not made because it had asked.</summary>
    Limited,
}

/// <summary>Counts. Any thread may tell it what came of a call.</summary>
/// <param name="plan">Of which operations, and how long a call that fails counts as.</param>
internal sealed class LoadRecorder(LoadPlan plan)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoadOperation, OperationTally> _operations = plan.Mix.ToDictionary<LoadOperation, LoadOperation, OperationTally>(
        operation => operation, operation => new OperationTally(operation.Name), ReferenceEqualityComparer.Instance);
    private readonly List<LoadSecond> _seconds = [];
    private readonly LatencyHistogram _second = new();
    private int _started;
    private int _ended;
    private int _errors;

    public IReadOnlyCollection<OperationTally> Operations => _operations.Values;

    /// <summary>All operations together.</summary>
    public OperationTally All { get; } = new("all");

    public IReadOnlyList<LoadSecond> Seconds => _seconds;

    /// <summary>The operations together for which latency is promised.</summary>
    public OperationTally Promised { get; } = new("promised");

    /// <summary>How much later than it was due a call was made: what the load generator itself adds.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>How long an answer waits until somebody takes it, which the load generator adds as well.</summary>
    public LatencyHistogram Waits { get; } = new();

    /// <summary>For how long calls were made.</summary>
    public TimeSpan Lasted { get; set; }

    /// <summary>Nothing has happened since the last second ended.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_lock)
            {
                return _started + _ended + _errors == 0;
            }
        }
    }

    public void Start(TimeSpan lateness)
    {
        lock (_lock)
        {
            Lateness.Record(lateness);
            _started++;
        }
    }

    /// <param name="operation">Which was called.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="latency">How long it took, from when it was due.</param>
    /// <param name="failure">Of one that failed: how, in a word or two.</param>
    public void Finish(LoadOperation operation, LoadOutcome outcome, TimeSpan latency, string? failure = null)
    {
        lock (_lock)
        {
            _ended++;
            Count(operation, outcome, latency, failure);
        }
    }

    /// <summary>A call that was due, and was not made.</summary>
    public void Skip(LoadOperation operation, LoadOutcome outcome, string? failure = null)
    {
        lock (_lock)
        {
            Count(operation, outcome, TimeSpan.Zero, failure);
        }
    }

    /// <summary>An answer has waited for so long.</summary>
    public void Wait(TimeSpan time)
    {
        lock (_lock)
        {
            Waits.Record(time);
        }
    }

    /// <summary>Ends a second of the time series.</summary>
    /// <param name="elapsed">Since the start, more or less whole seconds.</param>
    public LoadSecond EndSecond(TimeSpan elapsed)
    {
        lock (_lock)
        {
            // A busy machine may leave one out, and gets none twice.
            var number = Math.Max((int)Math.Round(elapsed.TotalSeconds), _seconds.Count == 0 ? 1 : _seconds[^1].Second + 1);
            var second = new LoadSecond(number, _started, _ended, _errors, _second.Percentile(50), _second.Percentile(99));
            _seconds.Add(second);
            _second.Reset();
            (_started, _ended, _errors) = (0, 0, 0);

            return second;
        }
    }

    private void Count(LoadOperation operation, LoadOutcome outcome, TimeSpan latency, string? failure)
    {
        _errors += outcome == LoadOutcome.Failed ? 1 : 0;

        // What fails at once, or is not even made, would flatter: somebody has waited in vain.
        var counted = outcome == LoadOutcome.Failed && latency < plan.Patience ? plan.Patience : latency;
        _operations[operation].Count(outcome, counted, failure);
        All.Count(outcome, counted, failure);

        if (operation.HasLatencyObjective)
        {
            Promised.Count(outcome, counted, failure);
        }

        if (operation.HasLatencyObjective && outcome != LoadOutcome.Limited)
        {
            _second.Record(counted);
        }
    }
}

/// <summary>What came of one operation, or of several.</summary>
internal sealed class OperationTally(string name)
{
    public string Name => name;

    public int Calls { get; private set; }

    public int Errors { get; private set; }

    public int Limited { get; private set; }

    public LatencyHistogram Latencies { get; } = new();

    public Dictionary<string, int> Failures { get; } = [];

    public void Count(LoadOutcome outcome, TimeSpan latency, string? failure)
    {
        Calls++;

        if (outcome == LoadOutcome.Limited)
        {
            // It comes fast, and would flatter.
            Limited++;
            return;
        }

        Latencies.Record(latency);

        if (outcome == LoadOutcome.Failed)
        {
            Errors++;
            Failures[failure ?? "?"] = Failures.GetValueOrDefault(failure ?? "?") + 1;
        }
    }
}
