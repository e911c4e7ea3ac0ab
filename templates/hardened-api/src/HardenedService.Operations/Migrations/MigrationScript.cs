namespace HardenedService.Operations.Migrations;

/// <summary>The scripts that are embedded in this assembly.</summary>
internal static class MigrationScript
{
    /// <summary>The name of a migration's script; the direction is <c>up</c> or <c>down</c>.</summary>
    public static string Name(Type migration, string direction) => $"{migration.Name}.{direction}.sql";

    /// <summary>Reads a script.</summary>
    public static string Read(string name)
    {
        var assembly = typeof(MigrationScript).Assembly;
        var resource = assembly.GetManifestResourceNames()
            .Single(candidate => candidate.EndsWith($".{name}", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd().TrimEnd();
    }
}
