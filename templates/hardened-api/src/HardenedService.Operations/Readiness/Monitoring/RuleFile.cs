using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HardenedService.Operations.Readiness.Monitoring;

/// <summary>A rule: an alert, or a series that is recorded.</summary>
/// <param name="Place">Its file and line.</param>
/// <param name="IsAlert">Whether somebody is told.</param>
/// <param name="Name">Of the alert, or of the series.</param>
/// <param name="Expression">What is evaluated.</param>
/// <param name="Labels">How urgent it is, for instance.</param>
/// <param name="Annotations">What whoever is told reads.</param>
internal sealed record Rule(
    string Place, bool IsAlert, string Name, string Expression, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);

/// <summary>A file of rules for Prometheus, and what is wrong with it. Whether an expression can be evaluated is for promtool to say.</summary>
internal sealed partial class RuleFile
{
    private static readonly string[] GroupMembers = ["name", "interval", "query_offset", "limit", "labels", "rules"];
    private static readonly string[] RuleMembers = ["alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"];

    private static readonly string[] Times = ["for", "keep_firing_for"];

    private readonly string _name;
    private readonly List<Rule> _rules = [];
    private readonly List<string> _faults = [];

    private RuleFile(string name) => _name = name;

    /// <summary>Of the file, without its folder.</summary>
    public string Name => _name;

    public IReadOnlyList<Rule> Rules => _rules;

    /// <summary>A sentence for each, with file and line.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>All files of a folder, by name.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    public static IReadOnlyList<RuleFile> ReadAll(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.yml").Concat(Directory.GetFiles(folder, "*.yaml")).Order(StringComparer.Ordinal).Select(path => Parse(Path.GetFileName(path), File.ReadAllText(path)))]
            : [];

    /// <summary>Reads the text of a file.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="yaml">What stands in it.</param>
    public static RuleFile Parse(string name, string yaml)
    {
        var file = new RuleFile(name);
        var stream = new YamlStream();

        try
        {
            stream.Load(new StringReader(yaml));
            file.Read(stream.FirstOrDefault()?.RootNode);
        }
        catch (YamlException exception)
        {
            file._faults.Add(FormattableString.Invariant($"{name}:{exception.Start.Line}: is no YAML: {exception.Message}"));
        }

        return file;
    }

    private void Read(YamlNode? root)
    {
        if (root is not YamlMappingNode file || Member(file, "groups") is not YamlSequenceNode groups)
        {
            _faults.Add($"{_name}:1: there is no list of groups");
            return;
        }

        Known(file, ["groups"]);

        foreach (var group in groups)
        {
            if (group is not YamlMappingNode members || Member(members, "rules") is not YamlSequenceNode rules)
            {
                Fault(group, "a group has no list of rules");
                continue;
            }

            Known(members, GroupMembers);
            Demand(members, "name", "the group");

            foreach (var rule in rules)
            {
                ReadRule(rule);
            }
        }
    }

    private void ReadRule(YamlNode node)
    {
        if (node is not YamlMappingNode rule)
        {
            Fault(node, "a rule is not a list of members");
            return;
        }

        Known(rule, RuleMembers);
        var (alert, record) = (Text(rule, "alert"), Text(rule, "record"));

        if (alert is null == record is null)
        {
            Fault(rule, "a rule has either a name as an alert or one as a record");
            return;
        }

        var name = (alert ?? record)!;

        if (Demand(rule, "expr", name) is not { } expression)
        {
            return;
        }

        if (PromQl.FaultOf(expression) is { } fault)
        {
            Fault(rule, $"{name}: the expression cannot be evaluated: {fault}");
        }

        foreach (var member in Times.Where(member => Text(rule, member) is { } time && !Time().IsMatch(time)))
        {
            Fault(rule, $"{name}: {member} is no time such as 5m");
        }

        if (_rules.Exists(other => other.IsAlert && other.Name == alert))
        {
            Fault(rule, $"{name} is there twice");
        }

        _rules.Add(new($"{_name}:{rule.Start.Line}", alert is not null, name, expression, Texts(rule, "labels"), Texts(rule, "annotations")));
    }

    private void Known(YamlMappingNode node, string[] names)
    {
        foreach (var key in node.Children.Keys.Where(key => !names.Contains($"{key}")))
        {
            Fault(key, $"{key} is no member here; there are {string.Join(", ", names)}");
        }
    }

    private string? Demand(YamlMappingNode node, string name, string of)
    {
        if (Text(node, name) is not { Length: > 0 } text)
        {
            Fault(node, $"{of} has no {name}");
            return null;
        }

        return text;
    }

    private static YamlNode? Member(YamlMappingNode node, string name) => node.Children.TryGetValue(new YamlScalarNode(name), out var member) ? member : null;

    private static string? Text(YamlMappingNode node, string name) => (Member(node, name) as YamlScalarNode)?.Value;

    private static Dictionary<string, string> Texts(YamlMappingNode node, string name) =>
        (Member(node, name) as YamlMappingNode)?.Children.ToDictionary(member => $"{member.Key}", member => $"{member.Value}") ?? [];

    [GeneratedRegex(@"^(0|([0-9]+(ms|[smhdwy]))+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();

    private void Fault(YamlNode node, string message) => _faults.Add($"{_name}:{node.Start.Line}: {message}");
}
