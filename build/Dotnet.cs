using System.Diagnostics;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build;

internal sealed record DotnetResult(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs the SDK as a person would, though another dotnet process may stand above.</summary>
internal static class Dotnet
{
    public static string Executable { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    /// <summary>Output and errors come back as one text. Ends when we do, however that comes.</summary>
    public static async Task<DotnetResult> RunAsync(string directory, CancellationToken cancel, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = await SupervisedProcess.RunAsync(StartInfo(directory, arguments), cancel);
        return new DotnetResult(exitCode, output);
    }

    /// <exception cref="BuildException">It failed: <paramref name="failure"/> and the end of its output.</exception>
    public static async Task<string> RunOrThrowAsync(string directory, string failure, CancellationToken cancel, params IEnumerable<string> arguments)
    {
        var result = await RunAsync(directory, cancel, arguments);
        return result.Succeeded ? result.Output : throw new BuildException(failure, result.Output);
    }

    public static ProcessStartInfo StartInfo(string directory, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments) { WorkingDirectory = directory };

        // What the outer build tells its own children makes an inner build pick up the wrong SDK files.
        foreach (var name in start.Environment.Keys.Where(IsOfTheOuterBuild).ToList())
        {
            start.Environment.Remove(name);
        }

        // No build server outlives the command, and messages can be understood by code.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["UseRazorBuildServer"] = "false";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        return start;
    }

    private static bool IsOfTheOuterBuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("VSTEST_", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_HOST_PATH" or "DOTNET_CLI_TELEMETRY_SESSIONID" or "DOTNET_LAUNCH_PROFILE" or "HARDENED_FEED";
}
