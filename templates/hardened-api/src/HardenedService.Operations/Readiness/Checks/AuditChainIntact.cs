using HardenedService.Operations.Auditing;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="patience">How long the walk may take, less than a check has.</param>
/// <param name="shortEnough">Up to this seal, it walks from the first one on each time.</param>
internal sealed class AuditChainIntact(TimeSpan patience, long shortEnough) : IReadinessCheck
{
    /// <summary>A trail up to this seal is short.</summary>
    public const int ShortEnough = 100_000;

    private const int WalkHoldsDays = 7;

    public AuditChainIntact()
        : this(TimeSpan.FromSeconds(45), ShortEnough)
    {
    }

    public Concern Concern { get; } = new("audit-chain", Tier.Must, "The audit trail is as it was written")
    {
        Proves = "Every record is what was sealed, nothing was put between, taken out or reordered, and what is written is sealed within minutes.",
        DoesNotProve = "That the chain's end was not cut off, or all of it made anew: only `audit verify --head`, with a head from the logs, tells.",
        How = FormattableString.Invariant($"As `audit verify`, for 45 seconds at most. Of a long trail, it walks on from where that verb came to within {WalkHoldsDays} days: run it each week."),
        Mend = "docs/audit.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var from = await WalkedAsync(context, cancel);
        var sealedThere = await context.QueryAsync(
            FormattableString.Invariant($"select encode(hash, 'hex') from audit.seals where sequence = {from.Sequence}"), row => row.GetString(0), cancel);

        if (from != ChainHead.Beginning && !sealedThere.Contains(from.Hash))
        {
            return Finding.Fail(FormattableString.Invariant($"seal {from.Sequence} is not the one that `audit verify` came to: the chain was made anew, or cut off"));
        }

        var verification = new AuditVerification(context.OperatorConnectionString, TextWriter.Null, from);
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

        return Finding.Of(
            verification.Findings,
            $"sound as far as it goes: {Counted.Of(verification.Reached.Sequence, "seal")}"
                + (from == ChainHead.Beginning ? "" : FormattableString.Invariant($", the first {from.Sequence} of them as `audit verify` found them")));
    }

    private async Task<ChainHead> WalkedAsync(ReadinessContext context, CancellationToken cancel)
    {
        try
        {
            return await context.Evidence.NewestAsync(EvidenceKind.AuditWalk, cancel) is var (walk, age)
                && age < TimeSpan.FromDays(WalkHoldsDays)
                && walk.Fact("head") is { } told
                && ChainHead.Parse(told) is { } head
                && head.Sequence > shortEnough
                ? head
                : ChainHead.Beginning;
        }
        catch (InconclusiveException)
        {
            // Where it cannot be believed how far somebody came, it takes the whole way.
            return ChainHead.Beginning;
        }
    }
}
