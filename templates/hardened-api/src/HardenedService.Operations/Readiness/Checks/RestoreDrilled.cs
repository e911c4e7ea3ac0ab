namespace HardenedService.Operations.Readiness.Checks;

internal sealed class RestoreDrilled() : EvidenceCheck(
    new("restore-drilled", Tier.Must, "A backup was really restored")
    {
        Proves = "Within 30 days, `restore-drill` has restored a backup, verified it, and started the service on it.",
        DoesNotProve = "That the newest backup can be restored as well; that whoever has to do it at night knows how.",
        How = "Reads the record that `restore-drill` leaves.",
        Mend = "docs/backups.md",
        Holds = TimeSpan.FromDays(30),
    },
    EvidenceKind.RestoreDrill,
    "run `restore-drill`")
{
    protected override Finding Judge(EvidenceRecord record) =>
        (record.Number("lostSeconds"), record.Number("tookSeconds")) is ({ } lost, { } took)
            ? Finding.Pass(FormattableString.Invariant($"would have lost {lost:0} s (RPO), took {took:0} s (RTO)"))
            : Finding.Fail("the record tells neither RPO nor RTO");
}
