using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness.Monitoring;

/// <summary>Names of series, as Prometheus has them.</summary>
internal sealed partial class MetricNames
{
    // What Prometheus itself adds.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { "up", "ALERTS", "target_info" };

    /// <summary>Adds what the table of docs/metrics.md lists: a test of the solution holds it to the sources.</summary>
    public MetricNames AddDocumented(string document)
    {
        foreach (Match row in Row().Matches(document))
        {
            Add(row.Groups["name"].Value, row.Groups["kind"].Value);
        }

        return this;
    }

    /// <summary>Adds what rules record.</summary>
    public MetricNames AddRecorded(IEnumerable<RuleFile> files)
    {
        _names.UnionWith(files.SelectMany(file => file.Rules).Where(rule => !rule.IsAlert).Select(rule => rule.Name));

        return this;
    }

    /// <summary>Adds what stands in the text that Prometheus is served.</summary>
    public MetricNames AddScraped(string text)
    {
        foreach (Match metric in Type().Matches(text))
        {
            Add(metric.Groups["name"].Value, metric.Groups["kind"].Value);
        }

        return this;
    }

    public bool Contains(string name) => _names.Contains(name);

    /// <summary>A sentence for each series that an expression looks at and nobody makes.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="concerned">Whether a name is one that has to be known here.</param>
    public IEnumerable<string> FaultsOf(string place, string expression, Func<string, bool> concerned) =>
        PromQl.Selectors(expression)
            .Select(selector => selector.Metric)
            .Where(name => concerned(name) && !_names.Contains(name))
            .Distinct()
            .Select(name => $"{place}: there is no metric {name}");

    private void Add(string name, string kind)
    {
        if (kind == "histogram")
        {
            _names.UnionWith([$"{name}_bucket", $"{name}_sum", $"{name}_count"]);
        }
        else
        {
            _names.Add(name);
        }
    }

    [GeneratedRegex(@"^\| `[^`]+` \| `(?<name>\w+)` \| (?<kind>[^|]+?) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"^# TYPE (?<name>\S+) (?<kind>\w+)\r?$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Type();
}
