using HardenedService.Operations.Recovery;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class BackupFresh() : EvidenceCheck(
    new("backup-fresh", Tier.Must, "A backup is younger than 30 hours")
    {
        Proves = "Within 30 hours, `backup` has made one, or another tool has and it was noted (`recovery note`): a backup a day, and some hours for it to take, as the alert BackupOld has it.",
        DoesNotProve = "That it can be restored (restore-drilled does), or that it lies anywhere else than what it protects.",
        How = "Reads the record that `backup` leaves, or `recovery note backup`.",
        Mend = "docs/backups.md",
        Holds = TimeSpan.FromHours(30),
    },
    EvidenceKind.Backup,
    "set up `backup`, or `recovery note backup` for another tool")
{
    protected override Finding Judge(EvidenceRecord record) =>
        Finding.Pass(record.Number("bytes") is { } bytes ? $"{record.Fact("kind")}, {BackupMaker.Bytes((long)bytes)}" : "");
}
