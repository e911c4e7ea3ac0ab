using HardenedService.Operations.Auditing;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="patience">How long the walk may take, less than a check has.</param>
internal sealed class AuditChainIntact(TimeSpan patience) : IReadinessCheck
{
    public AuditChainIntact()
        : this(TimeSpan.FromSeconds(45))
    {
    }

    public Concern Concern { get; } = new("audit-chain", Tier.Must, "The audit trail is as it was written")
    {
        Proves = "Every record is what was sealed, nothing was put between, taken out or reordered, and what is written is sealed within minutes.",
        DoesNotProve = "That the chain's end was not cut off, or all of it made anew: only `audit verify --head`, with a head from the logs, tells.",
        How = "As `audit verify`, within the time of a check. A trail too long for that is inconclusive: run the verb.",
        Mend = "docs/audit.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var verification = new AuditVerification(context.OperatorConnectionString, TextWriter.Null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);

        try
        {
            await verification.RunAsync(published: null, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested && verification.Findings.Count == 0)
        {
            throw new InconclusiveException(FormattableString.Invariant($"sound up to seal {verification.Reached.Sequence}, which is as far as {patience.TotalSeconds:0} seconds go: run `audit verify`"));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // What was found is enough.
        }

        return Finding.Of(verification.Findings, FormattableString.Invariant($"sound as far as it goes: {verification.Reached.Sequence} seals"));
    }
}
