namespace HardenedService.Operations.Readiness.Checks;

internal sealed class RollbackRehearsed() : EvidenceCheck(
    new("rollback-rehearsed", Tier.ThirtyDays, "A release was really taken back")
    {
        Proves = "Within 90 days, somebody went back to the release before, and it served.",
        DoesNotProve = "That the next release can be taken back as well: that depends on its migrations.",
        How = "Reads the record that `ops/release.sh rollback` leaves, or `readiness record rollback_rehearsal` where something else rolls releases out.",
        Mend = "docs/release.md",
        Holds = TimeSpan.FromDays(90),
    },
    EvidenceKind.RollbackRehearsal,
    "run `ops/release.sh rollback` once, or `readiness record rollback_rehearsal` after doing it another way")
{
    protected override Finding Judge(EvidenceRecord record) =>
        (record.Fact("from"), record.Fact("to")) is ({ Length: > 0 } from, { Length: > 0 } to) && from != to
            ? Finding.Pass($"from {from} to {to}")
            : Finding.Fail("the record does not tell from which release to which other one");
}
