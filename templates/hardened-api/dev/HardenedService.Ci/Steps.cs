namespace HardenedService.Ci;

/// <summary>What CI does, in this order. The workflows call these steps by name, and do nothing themselves.</summary>
internal static class Steps
{
    // Its version is pinned here: the next one may have rules that the scripts do not keep.
    private const string Squawk = "squawk-cli@2.66.0";

    // What a migrator takes care of, since squawk sees scripts alone (time limits), and a matter of taste (integers of 64 bits).
    private const string SquawkExcluded = "require-lock-timeout,require-statement-timeout,prefer-bigint-over-int";

    public static IReadOnlyList<Step> All { get; } =
    [
        new("restore", "restores all packages, in the locked versions where packages.lock.json lies beside a project", null, RestoreAsync),
        new("build", "builds for release, without a warning", "restore", BuildAsync),
        new("format", "finds what `dotnet format` would change", "restore", FormatAsync),
        new("lint", "holds the migrations to docs/migrations.md", "build", LintAsync),
        new("squawk", "asks squawk (from npm) for a second opinion on the migrations", null, SquawkAsync),
        new("sbom", "writes what the shipped programs are made of, as CycloneDX, to artifacts/sbom", "restore", BillOfMaterials.WriteAsync),
        new("test", "runs all tests, and writes their results to artifacts/tests", "build", TestAsync),
        new("packages", "finds packages with known vulnerabilities, and writes what it found to artifacts/packages.json", "restore", PackageAudit.RunAsync),
        new("image", "builds the container image", null, ImageAsync),
        new("drill", "backs up a running service, restores the backup and looks at it", "build", DrillAsync),
        new("readiness", "judges the build as a candidate for a release, and writes the report to artifacts/readiness", "build", ReadinessAsync),
    ];

    private static Task RestoreAsync(Workshop workshop) => workshop.DotnetAsync("restore", workshop.Solution, "--locked-mode");

    // An advisory is no fault of the code: the step packages tells of it, and a fix for something else can still be built.
    private static Task BuildAsync(Workshop workshop) => workshop.DotnetAsync(
        "build", workshop.Solution, "--configuration", "Release", "--no-restore", "--nologo", "-warnaserror", "-warnnotaserror:NU1901;NU1902;NU1903;NU1904");

    private static Task FormatAsync(Workshop workshop) => workshop.DotnetAsync("format", workshop.Solution, "--verify-no-changes", "--no-restore");

    private static Task LintAsync(Workshop workshop) => RunAsync(workshop, "src/HardenedService.Operations", "migrate", "lint");

    private static async Task SquawkAsync(Workshop workshop)
    {
        var folder = Path.Combine(workshop.Folder, "src", "HardenedService.Operations", "Migrations");
        var checksums = Path.Combine(folder, "released.sha256");
        var released = File.Exists(checksums) ? await File.ReadAllTextAsync(checksums) : "";

        var scripts = Directory.GetFiles(folder, "M*.up.sql").Order(StringComparer.Ordinal).ToList();

        if (scripts.Count == 0)
        {
            throw new StepException($"there is no migration in {folder}");
        }

        // Nobody could mend what is released: some database has run it as it was.
        var open = scripts.Where(script => !released.Contains($"  {Path.GetFileName(script)}", StringComparison.Ordinal)).ToLookup(IsTransactional);
        Console.WriteLine($"{scripts.Count} migrations, {open.Sum(group => group.Count())} of them not released: squawk is asked of these.");

        if (open.Count == 0)
        {
            return;
        }

        await workshop.ReadAsync("npx", "--yes", Squawk, "--version");

        foreach (var group in open)
        {
            string[] context = group.Key ? ["--assume-in-transaction"] : [];
            await workshop.RunAsync("npx", ["--yes", Squawk, "--pg-version", "15", "--exclude", SquawkExcluded, .. context, .. group]);
        }
    }

    // The migration itself says it, in the class beside its scripts.
    private static bool IsTransactional(string script) =>
        !File.ReadAllText(script.Replace(".up.sql", ".cs", StringComparison.Ordinal)).Contains("TransactionBehavior.None", StringComparison.Ordinal);

    private static Task TestAsync(Workshop workshop)
    {
        workshop.RequireBuilt("tests/HardenedService.Tests");
        string[] filter = workshop.TestFilter is { } some ? ["--filter", some] : [];
        return workshop.DotnetAsync(
        [
            "test", workshop.Solution, "--configuration", "Release", "--no-build", "--nologo",
            "--logger", "trx;LogFilePrefix=tests", "--results-directory", workshop.EmptyArtifacts("tests"), .. filter, "--", "RunConfiguration.TreatNoTestsAsError=true",
        ]);
    }

    private static async Task ImageAsync(Workshop workshop)
    {
        await workshop.ReadAsync("docker", "info");
        await workshop.RunAsync(
            "docker", "build", "--file", "ops/containers/Dockerfile", "--build-arg", $"VERSION={workshop.Version}", "--build-arg", $"COMMIT={await workshop.CommitAsync()}",
            "--tag", $"hardened-service:{workshop.Version}", ".");
    }

    private static Task DrillAsync(Workshop workshop) => RunAsync(workshop, "dev/HardenedService.Dev", "drill");

    private static Task ReadinessAsync(Workshop workshop)
    {
        // Of the report before, the page must not be taken for this one's; its JSON is what this one is compared with.
        var page = Path.Combine(workshop.Artifacts("readiness"), "report.html");
        File.Delete(page);

        return RunAsync(workshop, "dev/HardenedService.Dev", "readiness", "--tier", "must", "--html", page);
    }

    private static Task RunAsync(Workshop workshop, string project, params string[] arguments)
    {
        workshop.RequireBuilt(project);
        return workshop.DotnetAsync(["run", "--project", project, "--configuration", "Release", "--no-build", "--", .. arguments]);
    }
}
