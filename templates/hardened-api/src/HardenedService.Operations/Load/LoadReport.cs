using System.Text.Json.Serialization;

namespace HardenedService.Operations.Load;

/// <summary>What came of one operation. Latencies are in milliseconds, and count from when a call was due.</summary>
/// <param name="Name">The operation.</param>
/// <param name="Count">How many calls were due.</param>
/// <param name="Errors">How many of them failed, or could not be made. In the latencies each counts as long as an answer is waited for, at least.</param>
/// <param name="Limited">How many of them the service's rate limits turned away. No errors, and not in the latencies.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">Nine of ten took no longer.</param>
/// <param name="P99">99 of a hundred.</param>
/// <param name="P999">999 of a thousand.</param>
/// <param name="Max">The longest.</param>
/// <param name="Rate">How many succeeded in a second.</param>
/// <param name="Failures">How often each kind of failure was met, the most frequent first.</param>
internal sealed record LoadOperationReport(
    string Name, int Count, int Errors, int Limited, double P50, double P90, double P99, double P999, double Max, double Rate, IReadOnlyList<LoadFailure> Failures);

/// <summary>A kind of failure.</summary>
internal sealed record LoadFailure(string What, int Count);

/// <summary>One second of a run.</summary>
/// <param name="Second">Which, from 1. One is left out when the machine of the test was too busy.</param>
/// <param name="Started">How many calls were made.</param>
/// <param name="Finished">How many ended, in whichever way.</param>
/// <param name="Errors">How many failed, or could not be made.</param>
/// <param name="P50">Of those that ended for which latency is promised, in milliseconds; 0 if none did.</param>
/// <param name="P99">As <paramref name="P50"/>.</param>
internal sealed record LoadSecond(int Second, int Started, int Finished, int Errors, double P50, double P99);

/// <summary>The same at another number of people.</summary>
/// <param name="Users">How many.</param>
/// <param name="Rate">How many calls succeeded in a second.</param>
/// <param name="P50">The median of the calls for which latency was promised, in milliseconds.</param>
/// <param name="P99">99 of a hundred of these, in milliseconds.</param>
/// <param name="Errors">Which ratio of the calls failed.</param>
/// <param name="Limited">Which ratio was turned away by rate limits.</param>
/// <param name="SloMet">Whether what was promised was so.</param>
internal sealed record LoadGrowth(int Users, double Rate, double P50, double P99, double Errors, double Limited, bool SloMet)
{
    /// <summary>There were too few calls to judge.</summary>
    public bool IsTooSmall { get; init; }

    /// <summary>What became of the promise, in a word or two.</summary>
    [JsonIgnore]
    public string Word => IsTooSmall ? "too few" : SloMet ? "kept" : "missed";
}

/// <summary>What a load test came to.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Url">What was asked.</param>
/// <param name="Users">For how many people it stood.</param>
/// <param name="Duration">For how long calls arrived.</param>
/// <param name="OfferedRate">How many calls were to arrive in a second.</param>
/// <param name="Slo">What was promised, as <c>--slo</c> has it.</param>
/// <param name="Misses">What was promised and is not so.</param>
/// <param name="Operations">What came of each operation, then of those together for which latency was promised, and last of all together.</param>
/// <param name="P99">99 of a hundred of the calls for which latency was promised took no longer, in milliseconds.</param>
/// <param name="GeneratorP99">How much the load generator itself added to 99 of a hundred calls at most, in milliseconds: its own part of the latencies.</param>
/// <param name="Seconds">The run, second by second.</param>
internal sealed record LoadReport(
    DateTimeOffset At,
    Uri Url,
    int Users,
    TimeSpan Duration,
    double OfferedRate,
    string Slo,
    IReadOnlyList<string> Misses,
    IReadOnlyList<LoadOperationReport> Operations,
    double P99,
    double GeneratorP99,
    IReadOnlyList<LoadSecond> Seconds)
{
    private const int FewestCalls = 100;

    // In milliseconds. That it is late by a few is how timers are.
    private const double Noticeable = 20;

    /// <summary>How many accounts made the calls: beyond some, people share them.</summary>
    public int Accounts { get; init; }

    /// <summary>What the calls were, as <c>--mix</c> has it.</summary>
    public string Mix { get; init; } = "";

    /// <summary>The same at each number of people, if that was asked for; this report is of one of them.</summary>
    public IReadOnlyList<LoadGrowth>? Growth { get; init; }

    /// <summary>Whether this many people got what was promised. Whether all of several numbers did: <see cref="IsKept"/>.</summary>
    public bool SloMet => Misses.Count == 0;

    /// <summary>Too few calls were made to judge: the slowest of a dozen is no 99th percentile.</summary>
    public bool IsTooSmall => All.Count < FewestCalls;

    /// <summary>The machine of the test was too busy to tell what the service did.</summary>
    public bool IsTooBusy => GeneratorP99 > Noticeable && GeneratorP99 > P99 / 2;

    /// <summary>Whether the service kept what it promises, with each number of people that could be judged.</summary>
    public bool IsKept => Judged is { Count: > 0 } judged && judged.All(step => step.SloMet);

    /// <summary>What it came to, in a sentence.</summary>
    public string Verdict => Judged switch
    {
        [] => FormattableString.Invariant($"There were too few calls to judge: it takes {FewestCalls}."),
        var steps when Growth is null => steps[0].SloMet ? "It kept what is promised." : $"It did not keep what is promised: {string.Join("; ", Misses)}.",
        [{ SloMet: false } first, ..] => FormattableString.Invariant($"It missed what is promised with {first.Users} people already."),
        var steps when IsKept => FormattableString.Invariant($"It kept what is promised with up to {steps[^1].Users} people."),
        var steps => FormattableString.Invariant(
            $"It kept what is promised with up to {steps.TakeWhile(step => step.SloMet).Last().Users} people, and missed it with {steps.First(step => !step.SloMet).Users}."),
    };

    /// <summary>All operations together.</summary>
    [JsonIgnore]
    public LoadOperationReport All => Operations[^1];

    /// <summary>The operations together for which latency was promised.</summary>
    [JsonIgnore]
    public LoadOperationReport Promised => Operations[^2];

    private IReadOnlyList<LoadGrowth> Judged => [.. (Growth ?? [Sum()]).Where(step => !step.IsTooSmall)];

    /// <summary>Sums a run up.</summary>
    /// <param name="at">When it ended.</param>
    /// <param name="url">What was asked.</param>
    /// <param name="plan">What it did.</param>
    /// <param name="slo">What was promised.</param>
    /// <param name="found">What it has counted.</param>
    public static LoadReport Of(DateTimeOffset at, Uri url, LoadPlan plan, ServiceLevel slo, LoadRecorder found)
    {
        var (all, promised) = (found.All, found.Promised);
        var misses = slo.Misses(promised.Latencies, all.Calls, all.Errors, all.Limited);
        List<LoadOperationReport> operations =
        [
            .. found.Operations.Select(Sum),

            // What failed, and how, stands with the operations.
            Sum(promised) with { Failures = [] },
            Sum(all) with { Failures = [] },
        ];

        return new(
            at,
            url,
            plan.Users,
            plan.Duration,
            plan.Rate,
            slo.Text,
            misses,
            operations,
            promised.Latencies.Percentile(99),
            Math.Max(found.Lateness.Percentile(99), found.Waits.Percentile(99)),
            found.Seconds);

        LoadOperationReport Sum(OperationTally tally) => new(
            tally.Name,
            tally.Calls,
            tally.Errors,
            tally.Limited,
            tally.Latencies.Percentile(50),
            tally.Latencies.Percentile(90),
            tally.Latencies.Percentile(99),
            tally.Latencies.Percentile(99.9),
            tally.Latencies.Max,
            (tally.Calls - tally.Errors - tally.Limited) / found.Lasted.TotalSeconds,
            [.. tally.Failures.OrderByDescending(failure => failure.Value).Select(failure => new LoadFailure(failure.Key, failure.Value))]);
    }

    /// <summary>As a line of the table of growth.</summary>
    public LoadGrowth Sum() => new(Users, All.Rate, Promised.P50, P99, Ratio(All.Errors), Ratio(All.Limited), SloMet) { IsTooSmall = IsTooSmall };

    private double Ratio(int count) => All.Count == 0 ? 0 : (double)count / All.Count;
}
