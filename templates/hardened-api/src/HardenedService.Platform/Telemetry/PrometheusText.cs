using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Writes what was collected in Prometheus' text format 0.0.4, names and units as OpenTelemetry's compatibility specification has them: <c>app.outbox.oldest_age</c> in
/// seconds becomes <c>app_outbox_oldest_age_seconds</c>, a counter ends in <c>_total</c>.
/// </summary>
internal sealed class PrometheusText(Resource resource)
{
    private readonly StringBuilder _text = new();

    public string Render(in Batch<Metric> metrics)
    {
        _text.Clear();
        WriteTarget();

        // A name has one head, whichever meters measure under it.
        var named = new Dictionary<string, Metric>(StringComparer.Ordinal);

        foreach (var metric in metrics)
        {
            var name = PrometheusName.Of(metric);

            if (named.TryAdd(name, metric))
            {
                Write(metric, name);
            }
        }

        return _text.ToString();
    }

    private void WriteTarget()
    {
        WriteHead("target_info", "gauge", "The service that these are of.");
        WriteSample("target_info", default, labels => resource.Attributes.ToList().ForEach(attribute => labels.Add((attribute.Key, attribute.Value))), "1");
    }

    private void Write(Metric metric, string name)
    {
        WriteHead(name, TypeOf(metric.MetricType), metric.Description);

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (metric.MetricType == MetricType.Histogram)
            {
                WriteHistogram(name, point);
            }
            else
            {
                WriteSample(name, point.Tags, null, ValueOf(metric.MetricType, point));
            }
        }
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        var count = 0L;

        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            WriteSample($"{name}_bucket", point.Tags, labels => labels.Add(("le", bound)), $"{count}");
        }

        WriteSample($"{name}_sum", point.Tags, null, Number(point.GetHistogramSum()));
        WriteSample($"{name}_count", point.Tags, null, $"{point.GetHistogramCount()}");
    }

    private void WriteHead(string name, string type, string description) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(description).Replace("\\\"", "\"", StringComparison.Ordinal)).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private void WriteSample(string name, ReadOnlyTagCollection tags, Action<List<(string Name, object? Value)>>? add, string value)
    {
        var labels = new List<(string Name, object? Value)>();

        foreach (var tag in tags)
        {
            labels.Add((tag.Key, tag.Value));
        }

        add?.Invoke(labels);
        _text.Append(name);

        if (labels.Count > 0)
        {
            _text.Append('{').AppendJoin(',', labels.Select(label => $"{PrometheusName.Label(label.Name)}=\"{Escape(Text(label.Value))}\"")).Append('}');
        }

        _text.Append(' ').Append(value).Append('\n');
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

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
