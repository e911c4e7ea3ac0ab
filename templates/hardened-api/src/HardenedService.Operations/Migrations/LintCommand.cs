using System.CommandLine;
using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Operations.Migrations;

/// <summary>The verbs <c>migrate lint</c> and <c>migrate release</c>. They read the scripts of this build, and need no database.</summary>
internal static class LintCommand
{
    private static readonly string Scripts = Path.Combine("src", typeof(LintCommand).Assembly.GetName().Name!, "Migrations");

    public static Command Lint()
    {
        var command = new Command("lint", "Holds the scripts of this build to the rules of docs/migrations.md, without a database.");
        command.SetAction((call, _) => CheckAsync(MigrationCatalog.Own, call.InvocationConfiguration.Output));
        return command;
    }

    public static Command Release()
    {
        var folder = new Option<DirectoryInfo>("--folder")
        {
            Description = $"Where the scripts lie; {Scripts}, here or in a folder above, if not given.",
        };
        var command = new Command("release", $"Writes the checksums of all scripts to {ReleasedScripts.FileName} beside them: from now on, an edit is refused. Commit it with each release.") { folder };
        command.SetAction(async (call, cancel) =>
        {
            var scriptsFolder = call.GetValue(folder) ?? Above(new DirectoryInfo(Environment.CurrentDirectory));
            if (!scriptsFolder.Exists)
            {
                throw new UsageException($"There is no folder {scriptsFolder.FullName}: say where the scripts lie, by --folder.");
            }

            var file = Path.Combine(scriptsFolder.FullName, ReleasedScripts.FileName);
            await CheckAsync(MigrationCatalog.Own, call.InvocationConfiguration.Output);
            var scripts = MigrationCatalog.All.SelectMany(MigrationScript.ToLint).Select(script => new MigrationScript(script.File, script.Sql)).ToList();
            await File.WriteAllTextAsync(file, ReleasedScripts.Render(scripts), cancel);
            await call.InvocationConfiguration.Output.WriteLineAsync($"{scripts.Count} scripts are released: commit {file}.");
        });
        return command;
    }

    /// <summary>Writes what is found, or that nothing is.</summary>
    /// <exception cref="MigrationException">Something is.</exception>
    internal static async Task CheckAsync(MigrationCatalog catalog, TextWriter output)
    {
        var findings = CatalogLint.Check(catalog);
        foreach (var finding in findings)
        {
            await output.WriteLineAsync($"{finding}");
        }

        if (findings.Count > 0)
        {
            throw new MigrationException(CatalogLint.Sum(findings));
        }

        await output.WriteLineAsync(
            $"{catalog.Migrations.Count} migrations, nothing found; {CatalogLint.Assured(catalog).Count()} statements pass by an assurance.");
    }

    private static DirectoryInfo Above(DirectoryInfo? folder)
    {
        for (; folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, Scripts)))
            {
                return new(Path.Combine(folder.FullName, Scripts));
            }
        }

        throw new UsageException($"There is no {Scripts} here, or in a folder above: say where the scripts lie, by --folder.");
    }
}
