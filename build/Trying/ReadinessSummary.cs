using System.Text.Json;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Trying;

/// <summary>What the readiness report of the scaffolded service comes to, as its own console tells it.</summary>
internal static class ReadinessSummary
{
    /// <summary>The verdict, and a line for each tier. A service that is not ready is no failure: it says so.</summary>
    /// <exception cref="BuildException">There was no report.</exception>
    public static async Task<string> OfAsync(string solution, RunningService service, Workspace workspace, CancellationToken cancel)
    {
        var project = Directory.EnumerateFiles(Path.Combine(solution, "src"), "*.Operations.csproj", SearchOption.AllDirectories).Single();
        var console = Path.Combine(Path.GetDirectoryName(project)!, "bin", "Debug", "net10.0", Path.GetFileNameWithoutExtension(project) + ".dll");
        var report = Path.Combine(workspace.Folder("readiness"), "report.json");
        var start = Dotnet.StartInfo(solution, [console, "readiness", "--json", report]);
        start.Environment["Secrets__Directory"] = await service.ConsoleSettingsAsync(cancel);
        var (_, output) = await SupervisedProcess.RunAsync(start, cancel);

        return File.Exists(report)
            ? Render(JsonElement.Parse(await File.ReadAllTextAsync(report, cancel)))
            : throw new BuildException("The console wrote no report of readiness.", output);
    }

    private static string Render(JsonElement report)
    {
        var tiers = report.GetProperty("checks").EnumerateArray().GroupBy(check => check.GetProperty("tier").GetString());
        var lines = tiers.Select(tier => $"  {tier.Key,-5} {string.Join(", ", tier.CountBy(StatusOf).Select(status => $"{status.Value} {status.Key}"))}");

        return string.Join(Environment.NewLine, [report.GetProperty("verdict").GetString(), .. lines, "  docs/readiness.md tells what it looks at, readiness.json what is open"]);
    }

    private static string StatusOf(JsonElement check) => check.GetProperty("isOverdue").GetBoolean() ? "overdue" : check.GetProperty("status").GetString()!;
}
