namespace HardenedService.Operations.Readiness;

/// <summary>One line of the report.</summary>
/// <param name="Concern">What was looked at.</param>
/// <param name="Tier">When it has to be met, as of today: what was due within 30 days of the first release becomes a must.</param>
/// <param name="Status">What came of it, its gap taken into account.</param>
/// <param name="Evidence">What it was found by, or what is wrong.</param>
/// <param name="Gap">The gap that the team has written down for it, if any.</param>
internal sealed record ReadinessRow(Concern Concern, Tier Tier, CheckStatus Status, string Evidence, Gap? Gap)
{
    /// <summary>Nobody should depend on the service while this is so.</summary>
    public bool IsBlocking => IsOverdue || (Tier is Tier.Must && Status is CheckStatus.Fail or CheckStatus.Error or CheckStatus.Stale);

    /// <summary>It has a gap whose last day is over.</summary>
    public bool IsOverdue { get; init; }

    /// <summary>The gap that counts: that of what cannot be told, or does not fail, excuses nothing.</summary>
    public Gap? GapInForce => IsOverdue || Status is CheckStatus.Waived ? Gap : null;

    /// <summary>There is nothing to do about it.</summary>
    public bool IsMet => !IsOverdue && Status is CheckStatus.Pass or CheckStatus.NotApplicable;
}

/// <summary>What a run of all checks came to. There is no average: one must that fails is enough.</summary>
/// <param name="At">When.</param>
/// <param name="Service">What it was about.</param>
/// <param name="Rows">By tier, and the worst first.</param>
internal sealed record ReadinessReport(DateTimeOffset At, string Service, IReadOnlyList<ReadinessRow> Rows)
{
    /// <summary>How long after the first release what is not a must at once may be open.</summary>
    public const int GraceDays = 30;

    /// <summary>How much was asked for.</summary>
    public ReportScope Scope { get; init; } = ReportScope.Everything;

    /// <summary>What was not looked at, since it is not within <see cref="Scope"/>.</summary>
    public IReadOnlyList<Concern> LeftOut { get; init; } = [];

    /// <summary>What of it only a deployment can show.</summary>
    public IEnumerable<Concern> LeftToDeployment => LeftOut.Where(concern => concern.Tier <= Scope.Tier);

    /// <summary>What of it was not asked for, since it need not hold yet.</summary>
    public IEnumerable<Concern> LeftForLater => LeftOut.Where(concern => concern.Tier > Scope.Tier);

    /// <summary>The day of the first release; null before it.</summary>
    public DateOnly? FirstRelease { get; init; }

    /// <summary>That day is the one of the first release that was recorded, since the team has written down none.</summary>
    public bool IsFirstReleaseRecorded { get; init; }

    /// <summary>No must fails, is stale or cannot be told, and no gap is overdue, whatever was asked for.</summary>
    public bool IsReady => !Rows.Any(row => row.IsBlocking);

    /// <summary>Whether what is due within 30 days of the first release is due.</summary>
    public static bool IsGraceOver(ReadinessFile file, DateOnly today) => file.FirstRelease?.AddDays(GraceDays) < today;

    /// <summary>Puts what was found beside what the team has written down.</summary>
    /// <param name="at">When.</param>
    /// <param name="service">What it was about.</param>
    /// <param name="file">What the team has written down.</param>
    /// <param name="found">Of each check that was run.</param>
    /// <param name="leftOut">What was not asked for. If it has a gap that is overdue, it has a line all the same.</param>
    public static ReadinessReport Of(
        DateTimeOffset at, string service, ReadinessFile file, IEnumerable<(Concern Concern, Finding Finding)> found, IEnumerable<Concern>? leftOut = null)
    {
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        var gaps = file.Gaps.ToDictionary(gap => gap.Check);
        var unseen = (leftOut ?? []).Where(concern => gaps.GetValueOrDefault(concern.Id)?.Due < today).Select(concern => (concern, new Finding(CheckStatus.Error, "not looked at in this run")));

        return new(at, service, [.. found.Concat(unseen).Select(Row).OrderBy(row => row.Tier).ThenBy(Rank)]) { FirstRelease = file.FirstRelease };

        ReadinessRow Row((Concern Concern, Finding Finding) result)
        {
            var (concern, finding) = result;
            var gap = gaps.GetValueOrDefault(concern.Id);
            var tier = concern.Tier is Tier.ThirtyDays && IsGraceOver(file, today) ? Tier.Must : concern.Tier;
            var row = new ReadinessRow(concern, tier, finding.Status, finding.Evidence, gap);

            // Nobody can have written down beforehand what cannot be told: an error is never waived. And a day is a promise: only what passes has kept it.
            return gap is null ? row
                : finding.Status is CheckStatus.Pass ? row with { Evidence = $"{finding.Evidence}; its gap can be taken out" }
                : gap.Due < today ? row with { IsOverdue = true }
                : finding.Status is CheckStatus.Fail or CheckStatus.Stale ? row with { Status = CheckStatus.Waived }
                : row;
        }
    }

    // The worst first.
    private static int Rank(ReadinessRow row) => row switch
    {
        { IsBlocking: true } => 0,
        { Status: CheckStatus.Fail } => 1,
        { Status: CheckStatus.Error } => 2,
        { Status: CheckStatus.Stale } => 3,
        { Status: CheckStatus.Waived } => 4,
        { Status: CheckStatus.Pass } => 5,
        _ => 6,
    };
}
