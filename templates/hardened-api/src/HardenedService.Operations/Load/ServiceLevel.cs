using System.Globalization;

namespace HardenedService.Operations.Load;

/// <summary>What is promised of one percentile.</summary>
/// <param name="Name">As it is written: <c>p99</c>.</param>
/// <param name="Percentile">Of a hundred; 100 is the longest.</param>
/// <param name="Limit">What so many may not take longer than.</param>
internal sealed record LatencyObjective(string Name, double Percentile, TimeSpan Limit);

/// <summary>What the service promises, as <c>--slo</c> says it.</summary>
/// <param name="Latencies">How fast.</param>
/// <param name="Errors">Which ratio of the calls may fail.</param>
internal sealed record ServiceLevel(IReadOnlyList<LatencyObjective> Latencies, double Errors)
{
    /// <summary>As in ops/prometheus/rules/slo.yml.</summary>
    public const string Default = $"p99=500ms,{DefaultErrors}";

    // Added where nothing is said of it: a service that fails at once is not one that is fast.
    private const string DefaultErrors = "errors=0.1%";

    private static readonly Dictionary<string, double> Percentiles = new()
    {
        ["p50"] = 50,
        ["p90"] = 90,
        ["p95"] = 95,
        ["p99"] = 99,
        ["p99.9"] = 99.9,
        ["max"] = 100,
    };

    /// <summary>All that is promised, as it is written.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Reads it. Where nothing is said of errors, it is what <see cref="Default"/> says.</summary>
    /// <exception cref="FormatException">It makes no sense; the message says what would.</exception>
    public static ServiceLevel Parse(string text)
    {
        var latencies = new List<LatencyObjective>();
        double? errors = null;
        List<string> parts = [.. text.Split(',', StringSplitOptions.TrimEntries)];

        if (!parts.Exists(part => part.StartsWith("errors", StringComparison.Ordinal)))
        {
            parts.Add(DefaultErrors);
        }

        foreach (var part in parts)
        {
            switch (part.Split('=', StringSplitOptions.TrimEntries))
            {
                case ["errors", [.. var percent, '%']] when errors is null && double.TryParse(percent, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 100:
                    errors = value / 100;
                    break;
                case [var name, var limit] when Percentiles.TryGetValue(name, out var percentile) && latencies.TrueForAll(other => other.Name != name) && Durations.TryParse(limit, out var duration):
                    latencies.Add(new(name, percentile, duration));
                    break;
                default:
                    throw new FormatException($"'{part}' is no objective: it looks like {Default}, of {string.Join(", ", Percentiles.Keys)} and errors, each once.");
            }
        }

        return new(latencies, errors!.Value) { Text = string.Join(',', parts) };
    }

    /// <summary>Whether whoever keeps this keeps the other as well.</summary>
    public bool Includes(ServiceLevel other) => Errors <= other.Errors
        && other.Latencies.All(objective => Latencies.Any(own => own.Percentile >= objective.Percentile && own.Limit <= objective.Limit));

    /// <summary>What was promised and is not so; empty if all is.</summary>
    public IReadOnlyList<string> Misses(LatencyHistogram latencies, int calls, int errors, int limited)
    {
        if (calls == 0)
        {
            return ["nothing was asked"];
        }

        var missed = Latencies
            .Where(objective => latencies.Percentile(objective.Percentile) > objective.Limit.TotalMilliseconds)
            .Select(objective => FormattableString.Invariant($"{objective.Name} is {latencies.Percentile(objective.Percentile):0.##} ms, and may be {objective.Limit.TotalMilliseconds:0.##} ms"))
            .ToList();

        if (Latencies.Count > 0 && latencies.Count == 0)
        {
            missed.Add("nothing ended for which latency is promised");
        }

        AddIf(errors, "failed");

        // What was turned away the service has not carried.
        AddIf(limited, "were turned away by its rate limits");

        return missed;

        void AddIf(int count, string what)
        {
            if ((double)count / calls > Errors)
            {
                missed.Add(FormattableString.Invariant($"{100.0 * count / calls:0.##} % {what}, and {100 * Errors:0.##} % may"));
            }
        }
    }
}
