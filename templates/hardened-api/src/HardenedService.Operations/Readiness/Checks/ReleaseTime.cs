namespace HardenedService.Operations.Readiness.Checks;

internal sealed class ReleaseTime() : EvidenceCheck(
    new("release-time", Tier.Later, "A change reaches production within an hour")
    {
        Proves = "The last release was rolled out less than an hour after its commit was made.",
        DoesNotProve = "That the next one will be, or that it was a change of any size.",
        How = "Reads the record that `ops/release.sh` leaves when it is told when the commit was made (COMMITTED), or `readiness record release`.",
        Mend = "docs/release.md",
        Holds = TimeSpan.FromDays(90),
    },
    EvidenceKind.Release,
    "release with COMMITTED set: docs/release.md")
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    protected override Finding Judge(EvidenceRecord record) =>
        record.Number("seconds") is not { } seconds ? Finding.Fail("nobody told when the commit was made")
            : seconds < 0 ? Finding.Fail("the commit was made after the release")
            : seconds < Longest.TotalSeconds ? Finding.Pass(Took(record, seconds))
            : Finding.Fail($"{Took(record, seconds)}: an hour is too long");

    private static string Took(EvidenceRecord record, double seconds) => $"{record.Fact("version")}, {Counted.Of(seconds / 60, "minute")} after its commit";
}
