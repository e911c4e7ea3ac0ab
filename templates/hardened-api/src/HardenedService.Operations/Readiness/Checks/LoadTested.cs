using HardenedService.Operations.Load;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class LoadTested() : EvidenceCheck(
    new("load-tested", Tier.Must, "It carries the people that will come")
    {
        Proves = $"Within 30 days, the usual mix of calls was made for a minute at least, as often as {LoadEvidence.FewestUsers} people at least make them, and the service level objective ({ServiceLevel.Default}) was met.",
        DoesNotProve = "That real people do what the load did, or that production has the same machines: it says at which address that was.",
        How = "Judges the facts of the record that `load` leaves.",
        Mend = "docs/load.md",
        Holds = TimeSpan.FromDays(30),
    },
    EvidenceKind.LoadTest,
    "run `load`")
{
    protected override Finding Judge(EvidenceRecord record)
    {
        var seen = FormattableString.Invariant(
            $"{Counted.Of(record.Number("users") ?? 0, "user")} for {record.Number("seconds") ?? 0:0} s at {record.Fact("url") ?? "an address that is not told"}, p99 {record.Number("p99Milliseconds") ?? 0:0} ms, {100 * (record.Number("errorRatio") ?? 0):0.###} % errors");
        List<string> faults = [.. LoadEvidence.Shortfalls(record), .. LoadEvidence.Misses(record)];

        return faults.Count == 0 ? Finding.Pass($"{seen}; the objective was met") : Finding.Fail($"{seen}: {string.Join(", ", faults)}");
    }
}
