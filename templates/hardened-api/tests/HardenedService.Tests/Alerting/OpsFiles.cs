using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Alerting;

/// <summary>An alerting rule.</summary>
internal sealed record Alert(string Name, string Expression, string Severity, string Summary, string Description, string Runbook);

/// <summary>An expression for Prometheus, and the file that it stands in.</summary>
internal sealed record Query(string File, string Text);

/// <summary>What lies in ops, read as it is written there: one expression a line in runbooks, one statement a block.</summary>
internal static partial class OpsFiles
{
    private static readonly string Folder = Path.Combine(GeneratedDocument.SolutionDirectory(), "ops");

    /// <summary>Every alert of the rules.</summary>
    public static IReadOnlyList<Alert> Alerts { get; } = [.. Read("prometheus/rules", "*.yml").SelectMany(file => AlertsIn(file.Text))];

    /// <summary>The series that rules record.</summary>
    public static IReadOnlyList<string> Recorded { get; } =
        [.. Read("prometheus/rules", "*.yml").SelectMany(file => Record().Matches(file.Text)).Select(record => record.Groups["name"].Value)];

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
        .. Read("prometheus/rules", "*.yml").SelectMany(file => Expressions(file.Text).Select(text => new Query(file.Name, text))),
        .. Read("grafana", "*.json").SelectMany(file => Targets(JsonDocument.Parse(file.Text).RootElement).Select(text => new Query(file.Name, text))),
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

    private static IEnumerable<Alert> AlertsIn(string rules) =>
        from Match rule in Rule().Matches(rules)
        let text = rule.Groups["text"].Value
        select new Alert(
            rule.Groups["name"].Value,
            Expressions(text).Single(),
            Field(text, "severity"),
            Field(text, "summary"),
            Field(text, "description"),
            Field(text, "runbook"));

    private static string Field(string rule, string name) => Regex.Match(rule, $"^ +{name}: (.*)$", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Groups[1].Value.Trim('"');

    private static IEnumerable<string> Expressions(string rules) =>
        Expression().Matches(rules).Select(expression => expression.Groups["block"].Success ? expression.Groups["block"].Value : expression.Groups["line"].Value);

    private static IEnumerable<string> Targets(JsonElement dashboard) =>
    [
        .. dashboard.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!),
        .. dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray().Select(annotation => annotation.GetProperty("expr").GetString()!),
    ];

    [GeneratedRegex(@"^ +- alert: (?<name>\w+)\n(?<text>((?! +- ).*\n)+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^ +- record: (?<name>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Record();

    [GeneratedRegex(@"^(?<indent> +)expr: (\|\n(?<block>(\k<indent> +.*\n)+)|(?<line>[^|\n].*)$)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Expression();

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"EventId\.Id (= (?<ids>\d+)|in \[(?<ids>[\d, ]+)\])|\((event )?(?<ids>1\d{3}|2\d{3})\b[^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex EventFilter();

    [GeneratedRegex(@"\b\d{4}\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
