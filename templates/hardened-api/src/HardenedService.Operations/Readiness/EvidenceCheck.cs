namespace HardenedService.Operations.Readiness;

/// <summary>A concern that is met by having done something lately.</summary>
/// <param name="concern">With the time for which it holds.</param>
/// <param name="kind">What is recorded when it was done, of <see cref="EvidenceKind"/>.</param>
/// <param name="missing">What to do where it never was, in a few words.</param>
internal abstract class EvidenceCheck(Concern concern, string kind, string missing) : IReadinessCheck
{
    public Concern Concern { get; } = concern with { IsOfDeployment = true };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        if (await context.Evidence.NewestAsync(kind, cancel) is not var (record, age))
        {
            return Finding.Fail($"never done: {missing}");
        }

        var when = FormattableString.Invariant($"{record.RecordedAt:yyyy-MM-dd}, {age.TotalDays:0} days ago");

        return age > Concern.Holds
            ? new(CheckStatus.Stale, FormattableString.Invariant($"{when}; it holds for {Concern.Holds.Value.TotalDays:0} days"))
            : Judge(record) is var finding && finding.Evidence.Length > 0 ? finding with { Evidence = $"{when}: {finding.Evidence}" } : finding with { Evidence = when };
    }

    /// <summary>Whether what came of it is good enough.</summary>
    protected abstract Finding Judge(EvidenceRecord record);
}
