namespace HardenedStarter.Build.Benchmarks;

/// <summary>A server's medians over the rounds. The ratio is to the first server's throughput in the same round.</summary>
internal sealed record Figures(
    string Server,
    double RequestsPerSecond,
    double Ratio,
    double LowestRatio,
    double LowerQuartileRatio,
    double UpperQuartileRatio,
    double HighestRatio,
    double MicrosecondsPerRequest)
{
    /// <summary>How the ratio stands to an aim. If a quarter of the rounds or more contradicts the rest, they do not tell.</summary>
    public string Against(double aim) => LowerQuartileRatio >= aim ? "met" : UpperQuartileRatio < aim ? "missed" : "not clear";

    public static Figures Of(string server, int index, IReadOnlyList<Sample[]> rounds)
    {
        var ratios = rounds.Select(round => round[index].RequestsPerSecond / round[0].RequestsPerSecond).Order().ToList();
        var half = (ratios.Count + 1) / 2;

        return new Figures(
            server,
            Median(rounds.Select(round => round[index].RequestsPerSecond)),
            Median(ratios),
            ratios[0],
            Median(ratios.Take(half)),
            Median(ratios.TakeLast(half)),
            ratios[^1],
            Median(rounds.Select(round => round[index].MicrosecondsPerRequest)));
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;

        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
