namespace HardenedStarter.Build.Benchmarks;

/// <summary>A server's medians over the rounds. The ratio is to the first server's throughput in the same round.</summary>
internal sealed record Figures(
    string Server, double RequestsPerSecond, double Ratio, double LowestRatio, double HighestRatio, double MicrosecondsPerRequest)
{
    public static Figures Of(string server, int index, IReadOnlyList<Sample[]> rounds)
    {
        var ratios = rounds.Select(round => round[index].RequestsPerSecond / round[0].RequestsPerSecond).ToList();

        return new Figures(
            server,
            Median(rounds.Select(round => round[index].RequestsPerSecond)),
            Median(ratios),
            ratios.Min(),
            ratios.Max(),
            Median(rounds.Select(round => round[index].MicrosecondsPerRequest)));
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;

        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
