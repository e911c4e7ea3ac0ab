using System.ComponentModel;
using System.Diagnostics;

namespace HardenedService.Ci;

/// <summary>Where steps work: the solution's folder, and the programs that they call there.</summary>
internal sealed class Workshop(string folder, string? testFilter, CancellationToken cancel)
{
    private const int LongestReason = 300;

    /// <summary>The program that is the SDK. Default: the one that runs this.</summary>
    public string Dotnet { get; init; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    /// <summary>The solution's folder.</summary>
    public string Folder => folder;

    /// <summary>The solution.</summary>
    public string Solution { get; } = Path.Combine(folder, "HardenedService.sln");

    /// <summary>Which tests are run; null for all.</summary>
    public string? TestFilter => testFilter;

    /// <summary>What is built, as the variable VERSION says.</summary>
    public string Version { get; } = Environment.GetEnvironmentVariable("VERSION") is { Length: > 0 } version ? version : "0.0.0";

    /// <summary>A folder below <c>artifacts</c>, with what is there from before.</summary>
    public string Artifacts(string name) => Directory.CreateDirectory(Path.Combine(folder, "artifacts", name)).FullName;

    /// <summary>An empty folder below <c>artifacts</c>.</summary>
    public string EmptyArtifacts(string name)
    {
        var path = Path.Combine(folder, "artifacts", name);

        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Directory.CreateDirectory(path).FullName;
    }

    /// <summary>Refuses to go on without what the step <c>build</c> makes of a project.</summary>
    /// <exception cref="StepException">It is not there.</exception>
    public void RequireBuilt(string project)
    {
        var output = Path.Combine(folder, project, "bin", "Release");

        if (!Directory.Exists(output) || !Directory.EnumerateFiles(output, $"{Path.GetFileName(project)}.dll", SearchOption.AllDirectories).Any())
        {
            throw new StepException($"{project} is not built for release: run the step build first");
        }
    }

    /// <summary>The commit that is built; nothing where there is no history.</summary>
    public async Task<string> CommitAsync()
    {
        try
        {
            return (await ReadAsync("git", "rev-parse", "HEAD")).Trim();
        }
        catch (NotRunException)
        {
            return "";
        }
    }

    /// <summary>Runs the SDK.</summary>
    /// <exception cref="StepException">It failed.</exception>
    public Task DotnetAsync(params string[] arguments) => RunAsync(Dotnet, arguments);

    /// <summary>Runs the SDK, and returns what it writes to standard output.</summary>
    /// <exception cref="NotRunException">It failed.</exception>
    public Task<string> ReadDotnetAsync(params string[] arguments) => ReadAsync(Dotnet, arguments);

    /// <summary>Runs a program, which writes where we write.</summary>
    /// <exception cref="StepException">It failed.</exception>
    public async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, isRead: false);

        if (await EndAsync(process) is not 0 and var code)
        {
            throw new StepException($"{Called(program, arguments)} ended with exit code {code}: see above");
        }
    }

    /// <summary>Runs a program, and returns what it writes to standard output.</summary>
    /// <exception cref="NotRunException">It is not there, or failed.</exception>
    public async Task<string> ReadAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, isRead: true);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        var code = await EndAsync(process);

        return code == 0
            ? await output
            : throw new NotRunException($"{Called(program, arguments)} ended with exit code {code}: {End($"{await output} {await errors}")}");
    }

    // In a line, and not a long one: what matters stands last.
    private static string End(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        return line.Length > LongestReason ? $"…{line[^LongestReason..]}" : line;
    }

    private static string Called(string program, string[] arguments) => $"{Path.GetFileNameWithoutExtension(program)} {arguments[0]}";

    private Process Start(string program, string[] arguments, bool isRead)
    {
        // On Windows, npm's programs are scripts.
        var file = OperatingSystem.IsWindows() && program == "npx" ? "npx.cmd" : program;
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = isRead, RedirectStandardError = isRead };

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new NotRunException($"{program} cannot be started: {exception.Message}");
        }
    }

    private async Task<int> EndAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(cancel);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
