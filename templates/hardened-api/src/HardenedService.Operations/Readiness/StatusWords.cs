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

    /// <summary>How far down a report goes, as <c>--tier</c> has it.</summary>
    public static string Of(ReportScope scope) => scope.Tier is Tier.Later ? "all" : Of(scope.Tier);

    /// <summary>Of a whole line: what is overdue says so.</summary>
    public static string Of(ReadinessRow row) => row.IsOverdue ? Overdue : Of(row.Status);

    /// <summary>What the first release starts, in sentences; nothing before it, if nothing is open that waits for it.</summary>
    public static string Clock(ReadinessReport report)
    {
        var since = report is { IsFirstReleaseRecorded: true, FirstRelease: { } day } ? FormattableString.Invariant($"First released on {day:yyyy-MM-dd}, as was recorded: {ReadinessFile.Name} names no day.") : "";
        var open = report.Rows.Count(row => row is { Tier: Tier.ThirtyDays, IsMet: false, IsBlocking: false } and { Status: not CheckStatus.Waived });
        var due = report.FirstRelease is { } first ? FormattableString.Invariant($"by {first.AddDays(ReadinessReport.GraceDays):yyyy-MM-dd}") : FormattableString.Invariant($"{ReadinessReport.GraceDays} days after the first release");

        return string.Join(' ', new[] { since, open > 0 ? $"{Counted.Of(open, "line that does not hold is", "lines that do not hold are")} due {due}." : "" }.Where(sentence => sentence.Length > 0));
    }

    public static string Verdict(ReadinessReport report) => report switch
    {
        { IsReady: true } => $"Ready{(report.Scope.IsCandidate ? ", as far as a build can show" : "")}{Gaps(report)}.{LeftOut(report)}",
        _ => $"Not ready: {Blocking(report)} in the way.{LeftOut(report)}",
    };

    private static string Blocking(ReadinessReport report) =>
        Counted.Of(report.Rows.Count(row => row.IsBlocking), $"of {Counted.Of(report.Rows.Count, "line")} stands", $"of {Counted.Of(report.Rows.Count, "line")} stand");

    private static string Gaps(ReadinessReport report) => report.Rows.Count(row => row.Status is CheckStatus.Waived) switch
    {
        0 => "",
        1 => ", but for 1 gap that is written down and not yet due",
        var gaps => FormattableString.Invariant($", but for {gaps} gaps that are written down and not yet due"),
    };

    // A "ready" of a part is not one of the whole.
    private static string LeftOut(ReadinessReport report)
    {
        List<string> parts = [.. Part("what only a deployment can show", report.LeftToDeployment), .. Part("what may follow later", report.LeftForLater)];

        return parts.Count == 0 ? "" : $" Not looked at: {string.Join(", and ", parts)}.";

        static IEnumerable<string> Part(string what, IEnumerable<Concern> concerns) =>
            concerns.Count() is > 0 and var count ? [$"{what} ({Counted.Of(count, "check")})"] : [];
    }
}
