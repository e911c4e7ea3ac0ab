using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Conformance;

/// <summary>What the source of Api and Platform does not contain.</summary>
internal static partial class SourceRules
{
    private static readonly string[] Projects = ["HardenedService.Api", "HardenedService.Platform"];

    // What is said before there is a log, or because there will be none; and the log.
    private static readonly string[] WithoutLog = ["SettingsException.cs", "ConsoleSink.cs"];

    /// <summary>Times come from TimeProvider, which a test can move, or from the database, whose clock all replicas share.</summary>
    public static IEnumerable<string> Clocks(string file, string source) =>
        Lines(source, Clock()).Select(line => $"{file}:{line} asks the machine for the time: take a TimeProvider, or let the database say now().");

    /// <summary>Everything that is written goes through the log, which has levels, structure and a trace id.</summary>
    public static IEnumerable<string> Consoles(string file, string source) =>
        WithoutLog.Contains(Path.GetFileName(file))
            ? []
            : Lines(source, Writing()).Select(line => $"{file}:{line} writes to the console: take an ILogger, and declare a LoggerMessage.");

    /// <summary>What log events are recognised by.</summary>
    public static IEnumerable<int> EventIds(string source) => EventId().Matches(source).Select(match => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture));

    /// <summary>The sources of the two projects, found above the tests' output.</summary>
    public static IEnumerable<string> Files()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);

        while (!Projects.All(project => Directory.Exists(Path.Combine(root.FullName, "src", project))))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException($"No solution above {AppContext.BaseDirectory}: run the tests where they were built.");
        }

        return from project in Projects
               from file in Directory.EnumerateFiles(Path.Combine(root.FullName, "src", project), "*.cs", SearchOption.AllDirectories)
               where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
               select file;
    }

    private static IEnumerable<int> Lines(string source, Regex forbidden) =>
        source.Split('\n').Index().Where(line => !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(line.Item)).Select(line => line.Index + 1);

    [GeneratedRegex(@"EventId = (?<id>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventId();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Now|UtcNow|Today)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bConsole\.(Write|WriteLine|Out|Error|OpenStandard\w+)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Writing();
}
