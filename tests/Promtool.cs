using System.Diagnostics;
using System.Text.Json;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Tests;

/// <summary>Prometheus' own judge of rules and expressions.</summary>
internal static class Promtool
{
    /// <summary>Runs it, and returns its exit code with what it said.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params IEnumerable<string> arguments)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "Rules are checked by promtool, and there is none on PATH. Debian: apt install prometheus.");

        return await SupervisedProcess.RunAsync(new ProcessStartInfo(found, arguments), TestContext.Current.CancellationToken);
    }

    /// <summary>Has expressions read, as those of a file of rules.</summary>
    public static async Task<(int ExitCode, string Output)> ReadAsync(string folder, IEnumerable<string> expressions)
    {
        var rules = expressions.Select((expression, index) => $"      - record: expression:number{index}\n        expr: {JsonSerializer.Serialize(expression)}\n");
        var file = Path.Combine(folder, "expressions.yml");
        await File.WriteAllTextAsync(file, $"groups:\n  - name: expressions\n    rules:\n{string.Concat(rules)}");

        return await RunAsync("check", "rules", file);
    }
}
