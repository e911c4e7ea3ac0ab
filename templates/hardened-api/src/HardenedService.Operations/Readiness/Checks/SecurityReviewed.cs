namespace HardenedService.Operations.Readiness.Checks;

internal sealed class SecurityReviewed() : EvidenceCheck(
    new("security-review", Tier.Must, "Somebody else has looked for holes")
    {
        Proves = "Within a year, somebody who is named has reviewed the service's security.",
        DoesNotProve = "That the review was good, or that what it found is mended.",
        How = "Reads the record that `readiness record security_review` leaves.",
        Mend = "docs/threat-model.md",
        Holds = TimeSpan.FromDays(365),
    },
    EvidenceKind.SecurityReview,
    "have it reviewed, and run `readiness record security_review --by NAME`")
{
    protected override Finding Judge(EvidenceRecord record) =>
        record.Fact("by") is { Length: > 0 } name ? Finding.Pass($"by {name}") : Finding.Fail("nobody is named");
}
