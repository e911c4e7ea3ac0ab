namespace HardenedService.Operations.Readiness;

/// <summary>What statuses and tiers are called, in every form of the report.</summary>
internal static class StatusWords
{
    public const string Overdue = "overdue";

    public static string Of(CheckStatus status) => status switch
    {
        CheckStatus.Pass => "pass",
        CheckStatus.Fail => "fail",
        CheckStatus.Error => "error",
        CheckStatus.Stale => "stale",
        CheckStatus.Waived => "waived",
        _ => "not applicable",
    };

    public static string Of(Tier tier) => tier switch
    {
        Tier.Must => "must",
        Tier.ThirtyDays => "30d",
        _ => "later",
    };

    /// <summary>Of a whole line: what is overdue says so.</summary>
    public static string Of(ReadinessRow row) => row.IsOverdue ? Overdue : Of(row.Status);

    /// <summary>What the first release starts, in sentences; nothing before it, if nothing is open that waits for it.</summary>
    public static string Clock(ReadinessReport report)
    {
        var since = report is { IsFirstReleaseRecorded: true, FirstRelease: { } day } ? FormattableString.Invariant($"First released on {day:yyyy-MM-dd}, as was recorded: {ReadinessFile.Name} names no day.") : "";
        var open = report.Rows.Count(row => row is { Tier: Tier.ThirtyDays, IsMet: false, IsBlocking: false } and { Status: not CheckStatus.Waived });
        var due = report.FirstRelease is { } first ? FormattableString.Invariant($"by {first.AddDays(ReadinessReport.GraceDays):yyyy-MM-dd}") : FormattableString.Invariant($"{ReadinessReport.GraceDays} days after the first release");

        return string.Join(' ', new[] { since, open > 0 ? FormattableString.Invariant($"{open} {(open == 1 ? "line that does not hold is" : "lines that do not hold are")} due {due}.") : "" }.Where(sentence => sentence.Length > 0));
    }

    public static string Verdict(ReadinessReport report) => report switch
    {
        { IsReady: true } when report.Rows.Count(row => row.Status is CheckStatus.Waived) is > 0 and var gaps =>
            FormattableString.Invariant($"Ready, but for {gaps} {(gaps == 1 ? "gap that is" : "gaps that are")} written down and not yet due."),
        { IsReady: true } => "Ready.",
        _ => FormattableString.Invariant($"Not ready: {report.Rows.Count(row => row.IsBlocking)} of {report.Rows.Count} lines stand in the way."),
    };
}
