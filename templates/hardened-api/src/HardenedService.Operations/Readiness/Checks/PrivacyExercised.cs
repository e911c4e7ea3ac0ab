using HardenedService.Operations.Readiness.Privacy;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class PrivacyExercised() : EvidenceCheck(
    new("privacy-exercised", Tier.ThirtyDays, "People get what is held about them, and it goes when they leave")
    {
        Proves = "Within 90 days, somebody made for it was exported and erased by the service that runs: the export had no fewer sections than there are tables that tell of "
            + "people, and no row was left that named them.",
        DoesNotProve = "That the export of somebody who has used everything is whole (the tests look at that), or that backups, logs and other systems forget them.",
        How = "Reads the record that `readiness rehearse-privacy` leaves.",
        Mend = "docs/personal-data.md",
        Holds = TimeSpan.FromDays(90),
    },
    EvidenceKind.PrivacyRehearsal,
    "run `readiness rehearse-privacy --email`")
{
    protected override Finding Judge(EvidenceRecord record) => record.Fact(PrivacyRehearsal.Fault) is { Length: > 0 } fault
        ? Finding.Fail(fault)
        : (record.Number("sections"), record.Number("tables")) is ({ } sections and > 0, { } tables and > 0)
            ? Finding.Pass($"exported in {Counted.Of(sections, "section")}, erased from {Counted.Of(tables, "table")}")
            : Finding.Fail("the record does not tell what was exported and erased");
}
