using System.Text;
using OpenTelemetry.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary>Names of instruments and labels as Prometheus has them.</summary>
internal static class PrometheusName
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["By"] = "bytes",
        ["%"] = "percent",
    };

    /// <summary>The name with its unit, unless it ends in that already, and <c>_total</c> on what only grows.</summary>
    public static string Of(Metric metric) =>
        Of(metric.Name, metric.Unit, metric.MetricType is MetricType.LongSum or MetricType.DoubleSum, metric.MetricType is MetricType.LongGauge or MetricType.DoubleGauge);

    /// <inheritdoc cref="Of(Metric)"/>
    public static string Of(string name, string unit, bool isCounter, bool isGauge)
    {
        var text = Clean(name, canHaveColon: true);
        var suffix = unit == "1" && isGauge ? "ratio" : Units.GetValueOrDefault(unit, "");

        if (suffix.Length > 0 && !text.EndsWith($"_{suffix}", StringComparison.Ordinal))
        {
            text = $"{text}_{suffix}";
        }

        return isCounter && !text.EndsWith("_total", StringComparison.Ordinal) ? $"{text}_total" : text;
    }

    /// <summary>The name of a label.</summary>
    public static string Label(string name) => Clean(name, canHaveColon: false);

    private static string Clean(string name, bool canHaveColon)
    {
        var text = new StringBuilder(name.Length + 1);

        foreach (var character in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(character) || (canHaveColon && character == ':') ? character : '_');
        }

        return char.IsAsciiDigit(name[0]) ? $"_{text}" : text.ToString();
    }
}
