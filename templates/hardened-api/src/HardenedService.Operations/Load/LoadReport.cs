using System.Text.Json.Serialization;

namespace HardenedService.Operations.Load;

/// <summary>What came of one operation. Latencies are in milliseconds, and count from when a call was due.</summary>
/// <param name="Name">The operation.</param>
/// <param name="Count">How many calls were due.</param>
/// <param name="Errors">How many of them failed, or could not be made.</param>
/// <param name="Limited">How many of them the service's rate limits turned away. No errors, and not in the latencies.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">Nine of ten took no longer.</param>
/// <param name="P99">99 of a hundred.</param>
/// <param name="P999">999 of a thousand.</param>
/// <param name="Max">The longest.</param>
/// <param name="Rate">How many were answered in a second.</param>
/// <param name="Failures">How often each kind of failure was met, the most frequent first.</param>
internal sealed record LoadOperationReport(
    string Name, int Count, int Errors, int Limited, double P50, double P90, double P99, double P999, double Max, double Rate, IReadOnlyList<LoadFailure> Failures);

/// <summary>A kind of failure.</summary>
internal sealed record LoadFailure(string What, int Count);

/// <summary>One second of a run.</summary>
/// <param name="Second">Which, from 1. One in which nothing happened is left out.</param>
/// <param name="Started">How many calls were made.</param>
/// <param name="Finished">How many ended, in whichever way.</param>
/// <param name="Errors">How many failed, or could not be made.</param>
/// <param name="P50">Of those that ended, in milliseconds; 0 if none did.</param>
/// <param name="P99">Of those that ended, in milliseconds; 0 if none did.</param>
internal sealed record LoadSecond(int Second, int Started, int Finished, int Errors, double P50, double P99);

/// <summary>The same at another number of people.</summary>
/// <param name="Users">How many.</param>
/// <param name="Rate">How many calls were answered in a second.</param>
/// <param name="P50">The median of all, in milliseconds.</param>
/// <param name="P99">99 of a hundred of the calls for which latency was promised, in milliseconds.</param>
/// <param name="Errors">Which ratio of the calls failed.</param>
/// <param name="Limited">Which ratio was turned away by rate limits.</param>
/// <param name="SloMet">Whether what was promised was so.</param>
internal sealed record LoadGrowth(int Users, double Rate, double P50, double P99, double Errors, double Limited, bool SloMet);

/// <summary>What a load test came to.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Url">What was asked.</param>
/// <param name="Users">For how many people it stood.</param>
/// <param name="Duration">For how long calls arrived.</param>
/// <param name="OfferedRate">How many calls were to arrive in a second.</param>
/// <param name="Slo">What was promised, as <c>--slo</c> has it.</param>
/// <param name="Misses">What was promised and is not so.</param>
/// <param name="Operations">What came of each operation, and last of all of them together.</param>
/// <param name="P99">99 of a hundred of the calls for which latency was promised took no longer, in milliseconds.</param>
/// <param name="GeneratorP99">How much later than due the load generator made 99 of a hundred calls at most, in milliseconds: its own part of the latencies.</param>
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
    public bool SloMet => Misses.Count == 0;

    /// <summary>The same at each number of people, if that was asked for; this report is of one of them.</summary>
    public IReadOnlyList<LoadGrowth>? Growth { get; init; }

    /// <summary>All operations together.</summary>
    [JsonIgnore]
    public LoadOperationReport All => Operations[^1];
}
