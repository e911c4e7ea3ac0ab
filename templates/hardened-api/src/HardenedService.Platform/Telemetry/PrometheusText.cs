using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Writes what was collected in Prometheus' text format 0.0.4, names and units as OpenTelemetry's specification has them for Prometheus:
/// <c>app.outbox.oldest_age</c> in seconds becomes <c>app_outbox_oldest_age_seconds</c>, a counter ends in <c>_total</c>.
/// </summary>
internal sealed class PrometheusText(Resource resource)
{
    private readonly StringBuilder _text = new();

    public string Render(in Batch<Metric> metrics)
    {
        _text.Clear();
        WriteTarget();

        // A name has one head, whichever meters measure under it.
        var families = new Dictionary<string, List<Metric>>(StringComparer.Ordinal);

        foreach (var metric in metrics)
        {
            var name = PrometheusName.Of(metric);

            if (!families.TryGetValue(name, out var family))
            {
                families[name] = family = [];
            }

            family.Add(metric);
        }

        foreach (var (name, family) in families)
        {
            WriteHead(name, TypeOf(family[0].MetricType), family[0].Description);
            family.ForEach(metric => WritePoints(name, metric));
        }

        return _text.ToString();
    }

    private void WriteTarget()
    {
        WriteHead("target_info", "gauge", "The service that these are of.");
        WriteSample("target_info", resource.Attributes, "1");
    }

    private void WritePoints(string name, Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(point);

            if (metric.MetricType == MetricType.Histogram)
            {
                WriteHistogram(name, labels, point);
            }
            else
            {
                WriteSample(name, labels, ValueOf(metric.MetricType, point));
            }
        }
    }

    private void WriteHistogram(string name, List<KeyValuePair<string, object>> labels, in MetricPoint point)
    {
        var count = 0L;

        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            WriteSample($"{name}_bucket", [.. labels, new("le", bound)], $"{count}");
        }

        WriteSample($"{name}_sum", labels, Number(point.GetHistogramSum()));
        WriteSample($"{name}_count", labels, $"{point.GetHistogramCount()}");
    }

    private void WriteHead(string name, string type, string description) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(description)).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private void WriteSample(string name, IEnumerable<KeyValuePair<string, object>> labels, string value)
    {
        var text = string.Join(',', labels.Select(label => $"{PrometheusName.Label(label.Key)}=\"{Quote(Text(label.Value))}\""));
        _text.Append(name).Append(text.Length > 0 ? $"{{{text}}}" : "").Append(' ').Append(value).Append('\n');
    }

    private static List<KeyValuePair<string, object>> LabelsOf(in MetricPoint point)
    {
        var labels = new List<KeyValuePair<string, object>>(point.Tags.Count + 1);

        foreach (var tag in point.Tags)
        {
            labels.Add(tag!);
        }

        return labels;
    }

    private static string TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };

    private static string ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => $"{point.GetSumLong()}",
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
        MetricType.LongGauge => $"{point.GetGaugeLastValueLong()}",
        _ => Number(point.GetGaugeLastValueDouble()),
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Text(object? value) => value is bool yes ? (yes ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Quote(string text) => Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
