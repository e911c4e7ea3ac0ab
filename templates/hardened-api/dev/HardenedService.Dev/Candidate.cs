using HardenedService.Operations;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Dev;

/// <summary>Judges this build before it is deployed: docs/readiness.md.</summary>
internal static class Candidate
{
    /// <summary>Starts a service of its own, and has the console look at it.</summary>
    /// <param name="tier">How far down it is judged.</param>
    /// <param name="html">The page to write, with its JSON beside it; null for none.</param>
    /// <param name="postgres">Which PostgreSQL.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DevException">It is not ready.</exception>
    public static Task<string> RunAsync(string tier, FileInfo? html, string? postgres, CancellationToken stop) =>
        ThrowawayService.RunAsync(postgres, services => JudgeAsync(services, tier, html, stop), stop);

    private static async Task<string> JudgeAsync(DevServices services, string tier, FileInfo? html, CancellationToken stop)
    {
        using var configuration = new ConfigurationManager();

        foreach (var (name, value) in services.ConsoleSettings)
        {
            configuration[name] = value;
        }

        // The console compares the page with the JSON that it is about to replace.
        string[] page = html is null ? [] : ["--html", html.FullName, "--json", Path.Combine(html.DirectoryName!, "report.json")];
        string[] call = ["readiness", "--candidate", "--tier", tier, "--repository", SolutionFolder.Of("."), .. page];

        return await OperationsConsole.InvokeAsync(call, configuration, Console.Out, Console.Error, stop) == 0
            ? "The build may be deployed, as far as it can be told before."
            : throw new DevException("The build is not ready: see above.");
    }
}
