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

    /// <summary>What came of it all, in a sentence.</summary>
    public static string Verdict(ReadinessReport report) => (report.Rows.Count(row => row.IsBlocking), report.Rows.Count(row => row.Status is CheckStatus.Waived)) switch
    {
        (0, 0) => "Ready.",
        (0, 1) => "Ready, but for 1 gap that is written down and not yet due.",
        (0, var gaps) => FormattableString.Invariant($"Ready, but for {gaps} gaps that are written down and not yet due."),
        (1, _) => FormattableString.Invariant($"Not ready: 1 of {report.Rows.Count} lines stands in the way."),
        var (blocking, _) => FormattableString.Invariant($"Not ready: {blocking} of {report.Rows.Count} lines stand in the way."),
    };
}
