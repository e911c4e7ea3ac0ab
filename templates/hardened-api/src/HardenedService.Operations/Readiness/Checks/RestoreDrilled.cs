namespace HardenedService.Operations.Readiness.Checks;

internal sealed class RestoreDrilled() : EvidenceCheck(
    new("restore-drilled", Tier.Must, "A backup was really restored")
    {
        Proves = "The last `restore-drill`, within 30 days, has restored a backup, verified it, and started the service on it.",
        DoesNotProve = "That the newest backup can be restored as well; that what would be lost, and the time that it took, are few enough for you; that whoever has to do it at night knows how.",
        How = "Reads the record that `restore-drill` leaves, or `readiness record restore_drill` where something else restores.",
        Mend = "docs/backups.md",
        Holds = TimeSpan.FromDays(30),
    },
    EvidenceKind.RestoreDrill,
    "run `restore-drill`")
{
    protected override Finding Judge(EvidenceRecord record)
    {
        if (record.Fact("fault") is { Length: > 0 } fault)
        {
            return Finding.Fail(fault);
        }

        if ((record.Number("lostSeconds"), record.Number("tookSeconds")) is not ({ } lost, { } took))
        {
            return Finding.Fail("the record tells neither RPO nor RTO");
        }

        var seen = FormattableString.Invariant($"would have lost {lost:0} s (RPO), took {took:0} s (RTO)");
        List<string> untried = [.. Untried("keysOpened", "the key ring"), .. Untried("canarySignedIn", "a sign-in")];

        return !record.Says("apiStarted") ? Finding.Fail($"{seen}: the API was not started on it. Name it by Recovery:Api")
            : Finding.Pass($"{seen}; the API got ready on it{(untried.Count > 0 ? $"; not tried: {string.Join(", ", untried)}" : "")}");

        IEnumerable<string> Untried(string fact, string what) => record.Says(fact) ? [] : [what];
    }
}
