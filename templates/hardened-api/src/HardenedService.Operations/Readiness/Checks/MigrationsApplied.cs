using HardenedService.Operations.Migrations;
using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class MigrationsApplied : IReadinessCheck
{
    public Concern Concern { get; } = new("migrations", Tier.Must, "The schema is this release's, and can be changed without an outage")
    {
        Proves = "Every migration of this build is applied and no other; each passes the lint, and each can be taken back by a script of its own.",
        DoesNotProve = "That taking one back loses nothing; and the lint judges the text alone.",
        How = "Compares the build with the database's version table, and runs the lint.",
        Mend = "docs/migrations.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var applied = (await context.QueryAsync("select version from migrations.version_info", row => row.GetInt64(0), cancel)).ToHashSet();
        var known = MigrationCatalog.Own.Migrations;

        return Finding.Of(
            [
                .. known.Where(migration => !applied.Contains(migration.Version)).Select(migration => $"{migration.Version} ({migration.Name}) is not applied"),
                .. applied.Except(known.Select(migration => migration.Version)).Order().Select(version => $"{version} is applied, and not of this build"),
                .. CatalogLint.Check(MigrationCatalog.Own).Select(finding => $"{finding}"),
            ],
            $"{applied.Count} applied, the newest {applied.Max()}; the lint finds nothing");
    }
}
