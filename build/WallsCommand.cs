using System.CommandLine;
using System.Text.RegularExpressions;
using HardenedService.Operations;
using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>`walls`: attacks every wall of the threat model, several times in a row. What holds once may hold by luck.</summary>
internal static partial class WallsCommand
{
    private static readonly Option<int> Times = NumberOption.Create("--times", 10, 1000, "How many times.");

    private static readonly string Tests = Path.Combine(Repository.Template, "tests", "HardenedService.Tests");

    public static Command Create()
    {
        var command = new Command("walls", "Runs all wall tests of the template in place, several times in a row.") { Times };
        command.SetAction(arguments => Outcome.OfAsync(cancel => RunAsync(arguments.GetRequiredValue(Times), new Steps(Terminal.Output), cancel)));
        return command;
    }

    private static async Task RunAsync(int times, Steps steps, CancellationToken cancel)
    {
        await steps.RunAsync("Build the tests", () => Dotnet.RunOrThrowAsync(Tests, "The tests do not build.", cancel, "build", "-v", "q", "--nologo"), _ => "Built the tests");
        var program = Path.Combine(Tests, "bin", "Debug", "net10.0", "HardenedService.Tests.dll");

        for (var time = 1; time <= times; time++)
        {
            await steps.RunAsync(
                $"Time {time} of {times}", () => AttackAsync(program, time, cancel), total => $"Time {time} of {times}: {total}");
        }

        Terminal.Output.MarkupLine($"[green]{times} times in a row, every wall held.[/]");
    }

    // By the trait that every wall test carries. Its own runner takes the query, which the one of `dotnet test` does not.
    private static async Task<string> AttackAsync(string program, int time, CancellationToken cancel)
    {
        var result = await Dotnet.RunAsync(Path.GetDirectoryName(program)!, cancel, program, "-filter", "/[Wall=*]", "-noColor", "-noLogo");
        var summary = Summary().Match(result.Output);

        return result.Succeeded && summary.Success && summary.Groups["total"].Value != "0"
            ? $"{summary.Groups["total"].Value} wall tests, {summary.Groups["failed"].Value} failed"
            : throw new BuildException($"A wall did not hold at time {time}.", WithoutLogs(result.Output));
    }

    // The hosts under test log JSON lines in between; what failed, and why, must not drown in them.
    private static string WithoutLogs(string output) =>
        string.Join('\n', output.Split('\n').Where(line => !line.StartsWith('{')));

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: \d+, Failed: (?<failed>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Summary();
}
