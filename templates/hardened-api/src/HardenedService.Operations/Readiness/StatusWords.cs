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

    public static string Verdict(ReadinessReport report) => report switch
    {
        { IsReady: true } when report.Rows.Count(row => row.Status is CheckStatus.Waived) is > 0 and var gaps =>
            FormattableString.Invariant($"Ready, but for {gaps} {(gaps == 1 ? "gap that is" : "gaps that are")} written down and not yet due."),
        { IsReady: true } => "Ready.",
        _ => FormattableString.Invariant($"Not ready: {report.Rows.Count(row => row.IsBlocking)} of {report.Rows.Count} lines stand in the way."),
    };
}
