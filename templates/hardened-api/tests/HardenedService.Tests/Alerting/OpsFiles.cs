using System.Text.RegularExpressions;
using HardenedService.Operations.Readiness.Monitoring;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Alerting;

/// <summary>An expression for Prometheus, and the file that it stands in.</summary>
internal sealed record Query(string File, string Text);

/// <summary>What lies in ops, read as it is written there: one expression a line in runbooks, one statement a block.</summary>
internal static partial class OpsFiles
{
    private static readonly string Folder = Path.Combine(GeneratedDocument.SolutionDirectory(), "ops");

    private static readonly IReadOnlyList<RuleFile> RuleFiles = RuleFile.ReadAll(Path.Combine(Folder, "prometheus", "rules"));

    /// <summary>Every alert of the rules.</summary>
    public static IReadOnlyList<Rule> Alerts { get; } = [.. RuleFiles.SelectMany(file => file.Rules).Where(rule => rule.IsAlert)];

    /// <summary>The series that rules record.</summary>
    public static IReadOnlyList<string> Recorded { get; } = [.. RuleFiles.SelectMany(file => file.Rules).Where(rule => !rule.IsAlert).Select(rule => rule.Name)];

    /// <summary>The tests of the rules, as text.</summary>
    public static string RuleTests { get; } = string.Join('\n', Read("prometheus/tests", "*.yml").Select(file => file.Text));

    /// <summary>The runbooks, by the alert that each is for.</summary>
    public static IReadOnlyDictionary<string, string> Runbooks { get; } =
        Read("runbooks", "*.md").ToDictionary(file => Path.GetFileNameWithoutExtension(file.Name), file => file.Text);

    /// <summary>The index of alerts, and whatever else there is to read first.</summary>
    public static string Index { get; } = File.ReadAllText(Path.Combine(Folder, "README.md"));

    /// <summary>Every expression of rules, dashboards and runbooks.</summary>
    public static IReadOnlyList<Query> Queries { get; } =
    [
        .. RuleFiles.SelectMany(file => file.Rules.Select(rule => new Query(file.Name, rule.Expression))),
        .. Dashboard.ReadAll(Path.Combine(Folder, "grafana")).SelectMany(dashboard => dashboard.Expressions.Select(text => new Query(dashboard.Name, text))),
        .. Lines("promql").Select(line => new Query(line.File, line.Text)),
    ];

    /// <summary>Lines of the runbooks' blocks of a language.</summary>
    public static IEnumerable<(string File, string Text)> Lines(string language) =>
        Blocks(language).SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (block.File, line)));

    /// <summary>The runbooks' blocks of a language.</summary>
    public static IEnumerable<(string File, string Text)> Blocks(string language) =>
        from runbook in Runbooks
        from Match block in Fence().Matches(runbook.Value)
        where block.Groups["language"].Value == language
        select (runbook.Key, block.Groups["text"].Value);

    /// <summary>Ids of log events that runbooks and the queries for Seq look for.</summary>
    public static IEnumerable<(string File, int Id)> EventIds() =>
        from file in Read("runbooks", "*.md").Concat(Read("seq", "*.md"))
        from Match filter in EventFilter().Matches(file.Text)
        from Match id in Number().Matches(filter.Groups["ids"].Value)
        select (file.Name, int.Parse(id.Value, System.Globalization.CultureInfo.InvariantCulture));

    private static IEnumerable<(string Name, string Text)> Read(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(Folder, folder), pattern).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllText(file).ReplaceLineEndings("\n")));

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"EventId\.Id (= (?<ids>\d+)|in \[(?<ids>[\d, ]+)\])|\((event )?(?<ids>1\d{3}|2\d{3})\b[^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex EventFilter();

    [GeneratedRegex(@"\b\d{4}\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
