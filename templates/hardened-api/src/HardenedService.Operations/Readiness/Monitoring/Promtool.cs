using System.ComponentModel;
using System.Diagnostics;

namespace HardenedService.Operations.Readiness.Monitoring;

/// <summary>Prometheus' own judge of rules, where it is installed.</summary>
/// <param name="program">Its path.</param>
internal sealed class Promtool(string program)
{
    private const int Longest = 300;

    /// <summary>The first one on PATH; null if there is none.</summary>
    public static Promtool? Find()
    {
        var file = OperatingSystem.IsWindows() ? "promtool.exe" : "promtool";

        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, file))
            .FirstOrDefault(File.Exists) is { } path ? new(path) : null;
    }

    /// <summary>What is wrong with the rules of a folder; null if nothing is.</summary>
    /// <exception cref="InconclusiveException">It cannot be asked.</exception>
    public async Task<string?> FaultAsync(string folder, IEnumerable<string> files, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, ["check", "rules", .. files]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };

        using var process = Start(start);

        try
        {
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            var text = string.Join(' ', said[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

            return process.ExitCode == 0 ? null : $"promtool: {(text.Length > Longest ? $"{text[..Longest]}…" : text)}";
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InconclusiveException($"{program} cannot be started: {exception.Message}");
        }
    }
}
