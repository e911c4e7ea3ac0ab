using HardenedService.Operations.Migrations;
using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="catalog">The migrations of this build.</param>
internal sealed class MigrationsApplied(MigrationCatalog catalog) : IReadinessCheck
{
    public Concern Concern { get; } = new("migrations", Tier.Must, "The schema is this release's, and can be changed without an outage")
    {
        Proves = "Every migration of this build is applied and no other; each passes the lint, and each can be taken back by a script of its own.",
        DoesNotProve = "That taking one back loses nothing (the tests take each back on an empty database); and the lint judges the text alone.",
        How = "Compares the build with the database's version table, looks for the scripts, and runs the lint.",
        Mend = "docs/migrations.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var applied = (await context.QueryAsync("select version from migrations.version_info", row => row.GetInt64(0), cancel)).ToHashSet();
        var known = catalog.Migrations;
        var oneWay = known.Where(migration => !IsReversible(migration)).ToList();

        return Finding.Of(
            [
                .. known.Where(migration => !applied.Contains(migration.Version)).Select(migration => $"{migration.Version} ({migration.Name}) is not applied"),
                .. applied.Except(known.Select(migration => migration.Version)).Order().Select(version => $"{version} is applied, and not of this build"),
                .. oneWay.Select(migration => $"{migration.Version} ({migration.Name}) has no script that takes it back"),

                // It reads both scripts of each.
                .. oneWay.Count == 0 ? CatalogLint.Check(catalog).Select(finding => $"{finding}") : [],
            ],
            applied.Count == 0 ? "" : FormattableString.Invariant($"{applied.Count} applied, the newest {applied.Max()}; the lint finds nothing"));
    }

    private static bool IsReversible(KnownMigration migration)
    {
        try
        {
            return MigrationScript.Of(migration.Type, "down").Text.Length > 0;
        }
        catch (MigrationException)
        {
            return false;
        }
    }
}
