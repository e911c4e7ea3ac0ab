namespace HardenedService.Operations.Readiness.Checks;

internal sealed class LoadTested() : EvidenceCheck(
    new("load-tested", Tier.Must, "It carries the people that will come")
    {
        Proves = "Within 30 days, at least 50 users at once were served, and the service level objective was met.",
        DoesNotProve = "That real people do what the load did, or that production has the same machines.",
        How = "Reads the record that `load` leaves.",
        Mend = "docs/production-ready.md",
        Holds = TimeSpan.FromDays(30),
    },
    EvidenceKind.LoadTest,
    "run `load --users 50`")
{
    private const int Fewest = 50;

    protected override Finding Judge(EvidenceRecord record)
    {
        var seen = FormattableString.Invariant($"{record.Number("users") ?? 0} users for {record.Number("seconds") ?? 0:0} s, p99 {record.Number("p99Milliseconds") ?? 0:0} ms, {record.Number("errorRatio") ?? 0:0.###%} errors");
        List<string> faults =
        [
            .. record.Number("users") >= Fewest ? Array.Empty<string>() : [$"fewer than {Fewest} users"],
            .. record.Says("sloMet") ? Array.Empty<string>() : ["the objective was not met"],
        ];

        return faults.Count == 0 ? Finding.Pass($"{seen}; the objective was met") : Finding.Fail($"{seen}: {string.Join(", ", faults)}");
    }
}
