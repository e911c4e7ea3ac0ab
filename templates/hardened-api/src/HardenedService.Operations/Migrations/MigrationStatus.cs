using System.Globalization;
using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Operations.Migrations;

/// <summary>A migration, seen from this build and from the database.</summary>
internal sealed record MigrationState(long Version, string Name, DateTimeOffset? AppliedAt, bool Known)
{
    public bool Pending => AppliedAt is null;
}

/// <summary>What the database has, against what this build knows; oldest first.</summary>
internal sealed record MigrationStatus(string Database, MigrationCatalog Catalog, IReadOnlyList<MigrationState> Migrations)
{
    /// <summary>The newest applied version; 0 when nothing is.</summary>
    public long Level => Migrations.Where(migration => !migration.Pending).Select(migration => migration.Version).LastOrDefault();

    public IEnumerable<MigrationState> Pending => Migrations.Where(migration => migration.Pending);

    /// <summary>Applied by a newer build than this one.</summary>
    public IEnumerable<MigrationState> Unknown => Migrations.Where(migration => !migration.Known);

    public static MigrationStatus Compare(string database, MigrationCatalog catalog, IReadOnlyList<AppliedMigration> applied)
    {
        var rows = applied.ToDictionary(row => row.Version);
        var known = catalog.Migrations.Select(migration => new MigrationState(
            migration.Version, migration.Name, rows.GetValueOrDefault(migration.Version)?.AppliedAt, Known: true));
        var unknown = applied
            .ExceptBy(catalog.Migrations.Select(migration => migration.Version), row => row.Version)
            .Select(row => new MigrationState(row.Version, row.Name ?? "", row.AppliedAt, Known: false));

        return new MigrationStatus(database, catalog, [.. known.Concat(unknown).OrderBy(migration => migration.Version)]);
    }

    /// <summary>Older code must not touch a schema that it does not know: it would not see what it breaks.</summary>
    /// <exception cref="MigrationException">The database holds a migration that this build does not know.</exception>
    public void RefuseUnknown()
    {
        if (Unknown.Any())
        {
            var versions = string.Join(", ", Unknown.Select(migration => $"{migration.Version} ({migration.Name})"));
            throw new MigrationException(
                $"Database '{Database}' is newer than this build: it holds migration {versions}, and the newest known here is "
                    + $"{Catalog.Migrations[^1].Version}. Use the build that the database was migrated with, or a newer one.");
        }
    }

    public void WriteTo(TextWriter output)
    {
        var width = Migrations.Max(migration => migration.Name.Length) + 2;
        output.WriteLine($"version  {"name".PadRight(width)}applied at (UTC)");
        foreach (var migration in Migrations)
        {
            var applied = migration.AppliedAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var remark = migration.Known ? "" : "  newer than this build";
            output.WriteLine($"{migration.Version,7}  {migration.Name.PadRight(width)}{applied ?? "pending"}{remark}");
        }

        output.WriteLine($"Database '{Database}' is at {Level}; {Pending.Count()} pending.");

        var assured = CatalogLint.Assured(Catalog).ToList();
        if (assured.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("What the lint would refuse, and why it may be:");
        }

        foreach (var statement in assured)
        {
            output.WriteLine($"  {statement.File}:{statement.Line}  {statement.Id}: {statement.Reason}");
        }
    }
}
