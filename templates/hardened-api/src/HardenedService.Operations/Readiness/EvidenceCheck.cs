using HardenedService.Operations.Readiness.Recording;

namespace HardenedService.Operations.Readiness;

/// <summary>A concern that is met by having done something lately.</summary>
/// <param name="concern">With the time for which it holds.</param>
/// <param name="kind">What is recorded when it was done, of <see cref="EvidenceKind"/>.</param>
/// <param name="missing">What to do where it never was, in a few words.</param>
internal abstract class EvidenceCheck(Concern concern, string kind, string missing) : IReadinessCheck
{
    public Concern Concern { get; } = concern with { IsOfDeployment = true };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel) =>
        await context.Evidence.NewestAsync(kind, cancel) is var (record, age)
            ? Holding.Judge(Concern, record.RecordedAt, age, () => Told(record, Judge(record)))
            : Finding.Fail($"never done: {missing}");

    /// <summary>Whether what came of it is good enough.</summary>
    protected abstract Finding Judge(EvidenceRecord record);

    // Whoever reads it shall know what was seen by this program, and what it was told.
    private static Finding Told(EvidenceRecord record, Finding finding) => record.Says(RecordedFacts.IsTold)
        ? finding with { Evidence = $"{(finding.Evidence.Length > 0 ? $"{finding.Evidence}; " : "")}as told by {record.Fact("by")}" }
        : finding;
}
