using System.Diagnostics;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>What a program took, from its start to its end, and until it said what it was listened for.</summary>
internal sealed record Ran(TimeSpan Time, IReadOnlyList<TimeSpan> Until, string Output);

/// <summary>The operator's console, built in Release, and other programs beside it: a process each, with the same settings in their environment.</summary>
internal sealed class OperatorConsole(IReadOnlyDictionary<string, string> settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The folder of its project.</summary>
    public static string Project { get; } = Path.Combine(Repository.Template, "src", "HardenedService.Operations");

    private static string Program => Path.Combine(Project, "bin", "Release", "net10.0", "HardenedService.Operations.dll");

    /// <summary>Builds in Release what is in this clone.</summary>
    public static Task<string> BuildAsync(CancellationToken cancel) =>
        Dotnet.RunOrThrowAsync(Repository.Template, "The console does not build.", cancel, "build", Project, "-c", "Release", "-v", "q", "--nologo");

    /// <summary>The same, with further settings, which win.</summary>
    public OperatorConsole With(params (string Name, string Value)[] further)
    {
        var all = settings.ToDictionary(StringComparer.Ordinal);
        Array.ForEach(further, one => all[one.Name] = one.Value);

        return new(all);
    }

    /// <inheritdoc cref="RunAsync"/>
    public Task<Ran> CallAsync(string[] arguments, CancellationToken cancel, params string[] landmarks) =>
        RunAsync(Dotnet.StartInfo(Project, [Program, .. arguments]), cancel, landmarks);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="start">The program.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="landmarks">What it will say: each is timed.</param>
    /// <exception cref="BuildException">It failed, or did not say it.</exception>
    public async Task<Ran> RunAsync(ProcessStartInfo start, CancellationToken cancel, params string[] landmarks)
    {
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var program = string.Join(' ', start.ArgumentList.Prepend(start.FileName));
        var lines = new List<(TimeSpan At, string Text)>();
        var watch = Stopwatch.StartNew();
        await using var process = SupervisedProcess.Start(start, "TERM KILL", Patience, Hear);
        var exitCode = await process.Exited.WaitAsync(cancel);
        var time = watch.Elapsed;
        var output = string.Join('\n', lines.Select(line => line.Text));

        return exitCode == 0
            ? new(time, [.. landmarks.Select(Passed)], output)
            : throw new BuildException($"This ended with {exitCode}: {program}", output);

        TimeSpan Passed(string landmark) => lines.Find(line => line.Text.Contains(landmark, StringComparison.Ordinal)) is (var at, not null)
            ? at
            : throw new BuildException($"This does not say '{landmark}': {program}", output);

        void Hear(string line)
        {
            lock (lines)
            {
                lines.Add((watch.Elapsed, line));
            }
        }
    }
}
