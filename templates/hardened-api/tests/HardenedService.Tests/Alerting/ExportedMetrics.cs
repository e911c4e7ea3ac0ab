using System.Text.RegularExpressions;
using HardenedService.Operations.Readiness.Monitoring;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Telemetry;

namespace HardenedService.Tests.Alerting;

/// <summary>Metrics with their labels, under the names that Prometheus has for them.</summary>
internal sealed partial class ExportedMetrics
{
    // What Prometheus itself adds, or makes of rules.
    private static readonly string[] Targets = ["job", "instance"];

    private readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal);

    private ExportedMetrics()
    {
        Add("up", []);
        Add("ALERTS", ["alertname", "alertstate"]);
        Add("target_info", ["service_version"]);

        foreach (var recorded in OpsFiles.Recorded)
        {
            Add(recorded, []);
        }

        // What fails has to fail to be measured; that it is measured as it is defined is what MetricLabelWatch looks at in every test.
        foreach (var metric in MetricCatalogue.All)
        {
            var name = PrometheusName.Of(metric.FullName, metric.Unit, metric.Kind == MetricKind.Counter, metric.Kind == MetricKind.Gauge);
            Add(name, metric.Labels.Select(label => label.Name), metric.Kind == MetricKind.Histogram);
        }
    }

    /// <summary>As a scrape of <c>/metrics</c> shows them.</summary>
    public static ExportedMetrics Scraped(string text)
    {
        var metrics = new ExportedMetrics();

        foreach (Match sample in Sample().Matches(text))
        {
            metrics.Add(sample.Groups["name"].Value, Label().Matches(sample.Groups["labels"].Value).Select(label => label.Groups["name"].Value));
        }

        return metrics;
    }

    /// <summary>As a collector gets them by OTLP and hands them on to Prometheus.</summary>
    public static ExportedMetrics Received(IEnumerable<OtlpMetric> received)
    {
        var metrics = new ExportedMetrics();

        foreach (var metric in received)
        {
            var name = PrometheusName.Of(metric.Name, metric.Unit, metric is { Kind: OtlpMetricKind.Sum, IsMonotonic: true }, metric.Kind == OtlpMetricKind.Gauge);
            metrics.Add(name, metric.Points.SelectMany(point => point.Attributes.Keys).Select(PrometheusName.Label), metric.Kind == OtlpMetricKind.Histogram);
        }

        return metrics;
    }

    public bool Has(string metric) => _labels.ContainsKey(metric);

    /// <summary>What an expression looks at and is not there.</summary>
    public IEnumerable<string> FaultsOf(Query query)
    {
        var selectors = PromQl.Selectors(query.Text);
        var unknown = selectors.Where(selector => !Has(selector.Metric)).Select(selector => $"{query.File}: there is no metric {selector.Metric}");
        var unmatched =
            from selector in selectors.Where(selector => Has(selector.Metric))
            from label in selector.Labels.Except(_labels[selector.Metric]).Except(Targets)
            select $"{query.File}: {selector.Metric} has no label {label}";
        var known = selectors.Where(selector => Has(selector.Metric)).SelectMany(selector => _labels[selector.Metric]).Concat(Targets).ToHashSet();
        var ungrouped = PromQl.Groupings(query.Text).Where(label => !known.Contains(label)).Select(label => $"{query.File}: nothing has the label {label} in {query.Text}");

        return [.. unknown, .. unmatched, .. ungrouped];
    }

    private void Add(string name, IEnumerable<string> labels, bool isHistogram)
    {
        if (!isHistogram)
        {
            Add(name, labels);
            return;
        }

        Add($"{name}_bucket", [.. labels, "le"]);
        Add($"{name}_sum", labels);
        Add($"{name}_count", labels);
    }

    private void Add(string name, IEnumerable<string> labels)
    {
        if (!_labels.TryGetValue(name, out var known))
        {
            _labels[name] = known = new(StringComparer.Ordinal);
        }

        known.UnionWith(labels);
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_]\w*)(\{(?<labels>.*)\})? \S+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<name>\w+)=""([^""\\]|\\.)*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
