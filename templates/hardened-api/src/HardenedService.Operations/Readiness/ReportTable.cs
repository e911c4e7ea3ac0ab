namespace HardenedService.Operations.Readiness;

/// <summary>The report as a table of text, as wide as the terminal.</summary>
/// <param name="width">How many characters a line may have, 40 at least.</param>
/// <param name="colors">Whether a status has its colour.</param>
internal sealed class ReportTable(int width, bool colors)
{
    private const int Narrowest = 40;
    private const int MarginOfEvidence = 4;

    public void Write(ReadinessReport report, TextWriter output)
    {
        var wide = Math.Max(width, Narrowest);
        var ids = report.Rows.Select(row => row.Concern.Id.Length).DefaultIfEmpty(0).Max();

        foreach (var row in report.Rows)
        {
            var status = StatusWords.Of(row);
            output.WriteLine($"{StatusWords.Of(row.Tier),-5} {Paint(row, status)}{new string(' ', Math.Max(1, 15 - status.Length))}{row.Concern.Id.PadRight(ids <= wide - 22 ? ids : 0)}".TrimEnd());

            foreach (var line in Lines(row).SelectMany(text => WrappedText.Lines(text, wide - MarginOfEvidence)))
            {
                output.WriteLine($"{new string(' ', MarginOfEvidence)}{line}");
            }
        }

        output.WriteLine();

        foreach (var line in new[] { StatusWords.Verdict(report), StatusWords.Clock(report) }.Where(text => text.Length > 0).SelectMany(text => WrappedText.Lines(text, wide)))
        {
            output.WriteLine(line);
        }
    }

    private static IEnumerable<string> Lines(ReadinessRow row)
    {
        yield return row.Evidence;

        if (row.Gap is { } gap && (row.IsOverdue || row.Status is CheckStatus.Waived))
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
