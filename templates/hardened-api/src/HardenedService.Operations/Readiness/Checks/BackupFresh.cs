namespace HardenedService.Operations.Readiness.Checks;

internal sealed class BackupFresh : IReadinessCheck
{
    private const string Newest =
        """
        select now() - completed_at, pg_size_pretty(size)
        from platform.recoveries
        where kind = 'backup'
        """;

    public Concern Concern { get; } = new("backup-fresh", Tier.Must, "A backup is younger than a day")
    {
        Proves = "Within a day, `backup` has made one, or another tool has and it was noted (`recovery note`).",
        DoesNotProve = "That it can be restored (restore-drilled does), or that it lies anywhere else than what it protects.",
        How = "Reads the note that `backup` leaves in the database: `recovery show` shows it.",
        Mend = "docs/backups.md",
        IsOfDeployment = true,
        Holds = TimeSpan.FromDays(1),
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var notes = await context.QueryAsync(Newest, row => (Age: row.GetTimeSpan(0), Size: row.IsDBNull(1) ? "" : $", {row.GetString(1)}"), cancel);

        if (notes is not [var (age, size)])
        {
            return Finding.Fail("never made: set up `backup`, or `recovery note` for another tool");
        }

        var evidence = FormattableString.Invariant($"made {age.TotalHours:0.0} hours ago{size}");

        return age < TimeSpan.Zero ? throw new InconclusiveException("the newest is noted as of the future")
            : age > Concern.Holds ? new(CheckStatus.Stale, evidence)
            : Finding.Pass(evidence);
    }
}
