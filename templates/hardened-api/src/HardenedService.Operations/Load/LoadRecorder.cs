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
/// <param name="mix">Of which operations.</param>
internal sealed class LoadRecorder(IReadOnlyList<LoadOperation> mix)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoadOperation, OperationTally> _operations = mix.ToDictionary<LoadOperation, LoadOperation, OperationTally>(
        operation => operation, operation => new OperationTally(operation.Name), ReferenceEqualityComparer.Instance);
    private readonly List<LoadSecond> _seconds = [];
    private readonly LatencyHistogram _second = new();
    private int _started;
    private int _finished;
    private int _errors;

    public IReadOnlyCollection<OperationTally> Operations => _operations.Values;

    /// <summary>All operations together.</summary>
    public OperationTally All { get; } = new("all");

    public IReadOnlyList<LoadSecond> Seconds => _seconds;

    /// <summary>Over all operations for which it was promised.</summary>
    public LatencyHistogram Promised { get; } = new();

    /// <summary>How much later than it was due a call was made: what the load generator itself adds.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>How long it took, to the last answer.</summary>
    public TimeSpan Took { get; set; }

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
            _finished++;
            Count(operation, outcome, failure);

            // A refusal comes fast, and would flatter. An error counts with the time that it took somebody.
            if (outcome != LoadOutcome.Limited)
            {
                _operations[operation].Latencies.Record(latency);
                All.Latencies.Record(latency);
                _second.Record(latency);

                if (operation.HasLatencyObjective)
                {
                    Promised.Record(latency);
                }
            }
        }
    }

    /// <summary>A call that was due, and was not made.</summary>
    public void Skip(LoadOperation operation, LoadOutcome outcome, string? failure = null)
    {
        lock (_lock)
        {
            Count(operation, outcome, failure);
        }
    }

    /// <summary>Ends a second of the time series.</summary>
    /// <param name="elapsed">Since the start, more or less whole seconds.</param>
    /// <returns>Null if nothing happened in it.</returns>
    public LoadSecond? EndSecond(TimeSpan elapsed)
    {
        lock (_lock)
        {
            if (_started + _finished + _errors == 0)
            {
                return null;
            }

            // A busy machine may leave one out, and gets none twice.
            var number = Math.Max((int)Math.Round(elapsed.TotalSeconds), _seconds.Count == 0 ? 1 : _seconds[^1].Second + 1);
            var second = new LoadSecond(number, _started, _finished, _errors, _second.Percentile(50), _second.Percentile(99));
            _seconds.Add(second);
            _second.Reset();
            (_started, _finished, _errors) = (0, 0, 0);

            return second;
        }
    }

    private void Count(LoadOperation operation, LoadOutcome outcome, string? failure)
    {
        _operations[operation].Count(outcome, failure);
        All.Count(outcome, failure);
        _errors += outcome == LoadOutcome.Failed ? 1 : 0;
    }
}

/// <summary>What came of one operation, or of all.</summary>
internal sealed class OperationTally(string name)
{
    public string Name => name;

    public int Calls { get; private set; }

    public int Errors { get; private set; }

    public int Limited { get; private set; }

    public LatencyHistogram Latencies { get; } = new();

    public Dictionary<string, int> Failures { get; } = [];

    public void Count(LoadOutcome outcome, string? failure)
    {
        Calls++;
        Limited += outcome == LoadOutcome.Limited ? 1 : 0;

        if (outcome == LoadOutcome.Failed)
        {
            Errors++;
            Failures[failure ?? "?"] = Failures.GetValueOrDefault(failure ?? "?") + 1;
        }
    }
}
