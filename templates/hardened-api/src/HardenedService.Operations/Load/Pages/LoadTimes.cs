namespace HardenedService.Operations.Load.Pages;

/// <summary>How a run went over time: second by second, or, if it was a long one, minute by minute.</summary>
/// <param name="Unit">What a row is of.</param>
/// <param name="Rows">In order, each with the number of its unit.</param>
internal sealed record LoadTimes(string Unit, IReadOnlyList<LoadSecond> Rows)
{
    // Of an hour. A page of a day's seconds is more than a browser likes to show.
    private const int MostSeconds = 3600;
    private const int Minute = 60;

    /// <summary>A row is of several seconds: the sum of their calls, and the latencies of the slowest.</summary>
    public bool IsFolded => Unit == "minute";

    public string Heading => IsFolded ? "Minute by minute" : "Second by second";

    public static LoadTimes Of(IReadOnlyList<LoadSecond> seconds) => seconds.Count <= MostSeconds
        ? new("second", seconds)
        : new("minute", [.. seconds.GroupBy(second => (second.Second + Minute - 1) / Minute).Select(Sum)]);

    private static LoadSecond Sum(IGrouping<int, LoadSecond> minute) => minute.First() with
    {
        Second = minute.Key,
        Started = minute.Sum(second => second.Started),
        Finished = minute.Sum(second => second.Finished),
        Errors = minute.Sum(second => second.Errors),
        P50 = minute.Max(second => second.P50),
        P99 = minute.Max(second => second.P99),
    };
}
