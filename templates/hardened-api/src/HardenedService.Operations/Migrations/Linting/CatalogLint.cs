namespace HardenedService.Operations.Migrations.Linting;

/// <summary>
/// The scripts of a whole catalog, held to the rules; those that are released, to what they were: nobody could mend them if a rule came later.
/// </summary>
internal static class CatalogLint
{
    /// <summary>All that is wrong.</summary>
    public static IReadOnlyList<LintFinding> Check(MigrationCatalog catalog) => Check(catalog, _ => true);

    /// <summary>What is wrong with scripts that are about to be applied, and with those that are released.</summary>
    public static IReadOnlyList<LintFinding> CheckPending(MigrationCatalog catalog, IReadOnlySet<long> versions)
    {
        var files = catalog.Migrations.Where(migration => versions.Contains(migration.Version)).Select(migration => MigrationScript.Of(migration.Type, "up").File);
        return Check(catalog, files.ToHashSet().Contains);
    }

    /// <summary>The statements that may do what a rule refuses.</summary>
    public static IEnumerable<AssuredStatement> Assured(MigrationCatalog catalog) =>
        catalog.Migrations.SelectMany(MigrationScript.ToLint).SelectMany(MigrationLint.Assured);

    /// <summary>The findings as a text for the console.</summary>
    public static string Describe(IReadOnlyList<LintFinding> findings) => $"{string.Join('\n', findings)}\n{Sum(findings)}";

    /// <summary>How many there are, in a line.</summary>
    public static string Sum(IReadOnlyList<LintFinding> findings) => $"{findings.Count} found in the scripts of the migrations; docs/migrations.md explains each.";

    private static IReadOnlyList<LintFinding> Check(MigrationCatalog catalog, Func<string, bool> isAsked)
    {
        var released = ReleasedScripts.Of(catalog.Assemblies);
        var scripts = catalog.Migrations.SelectMany(MigrationScript.ToLint).ToList();
        return
        [
            .. released.Changed([.. scripts.Select(script => new MigrationScript(script.File, script.Sql))]),
            .. scripts.Where(script => isAsked(script.File) && !released.Contain(script.File)).SelectMany(MigrationLint.Check),
        ];
    }
}
