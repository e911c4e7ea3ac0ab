namespace HardenedService.Operations.Readiness;

/// <summary>The report as a table of text, as wide as the terminal.</summary>
/// <param name="width">How many characters a line may have, 40 at least.</param>
/// <param name="colors">Whether a status has its colour.</param>
internal sealed class ReportTable(int width, bool colors)
{
    private const int Narrowest = 40;
    private const int MarginOfEvidence = 4;
    private const int StatusWidth = 15;

    public void Write(ReadinessReport report, TextWriter output)
    {
        var wide = Math.Max(width, Narrowest);

        foreach (var row in report.Rows)
        {
            WriteHead(row, wide, output);

            foreach (var line in Lines(row).SelectMany(text => WrappedText.Lines(text, wide - MarginOfEvidence)))
            {
                output.WriteLine($"{new string(' ', MarginOfEvidence)}{line}");
            }
        }

        output.WriteLine();

        foreach (var line in Remarks(report).SelectMany(remark => WrappedText.Lines(remark, wide)))
        {
            output.WriteLine(line);
        }
    }

    // In a line, or two where that is too wide.
    private void WriteHead(ReadinessRow row, int wide, TextWriter output)
    {
        var status = StatusWords.Of(row);
        var head = $"{StatusWords.Of(row.Tier),-5} ";
        var isWide = head.Length + StatusWidth + row.Concern.Id.Length > wide;
        var between = isWide ? $"{Environment.NewLine}{new string(' ', MarginOfEvidence)}" : new string(' ', StatusWidth - status.Length);

        output.WriteLine($"{head}{Paint(row, status)}{between}{row.Concern.Id}");
    }

    private static IEnumerable<string> Remarks(ReadinessReport report)
    {
        yield return StatusWords.Verdict(report);

        if (StatusWords.Clock(report) is { Length: > 0 } clock)
        {
            yield return clock;
        }

        if (report.LeftToDeployment.Any())
        {
            yield return $"Left to the deployment: {Names(report.LeftToDeployment)}.";
        }

        if (report.LeftForLater.Any())
        {
            yield return $"Not asked for, by --tier: {Names(report.LeftForLater)}.";
        }

        static string Names(IEnumerable<Concern> concerns) => string.Join(", ", concerns.Select(concern => concern.Id));
    }

    private static IEnumerable<string> Lines(ReadinessRow row)
    {
        yield return row.Evidence;

        if (row.GapInForce is { } gap)
        {
            yield return FormattableString.Invariant($"gap: {gap.Owner} until {gap.Due:yyyy-MM-dd} ({gap.Reason}); until then {gap.Compensation}");
        }

        if (row.Status is not (CheckStatus.Pass or CheckStatus.NotApplicable))
        {
            yield return $"see {row.Concern.Mend}";
        }
    }

    private string Paint(ReadinessRow row, string status)
    {
        var color = row.IsBlocking ? 31 : row.Status is CheckStatus.Pass ? 32 : row.Status is CheckStatus.NotApplicable ? 90 : 33;

        return colors ? FormattableString.Invariant($"\e[{color}m{status}\e[0m") : status;
    }
}
