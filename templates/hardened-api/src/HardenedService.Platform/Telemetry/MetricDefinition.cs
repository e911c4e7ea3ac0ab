namespace HardenedService.Platform.Telemetry;

/// <summary>How an instrument measures.</summary>
public enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Grows and shrinks by what is added.</summary>
    UpDownCounter,

    /// <summary>Is what was last measured.</summary>
    Gauge,

    /// <summary>How measurements are spread.</summary>
    Histogram,
}

/// <summary>
/// An instrument of this service, defined before it measures anything: <c>docs/metrics.md</c> is made from these, in static fields of the
/// classes that measure, and the alert rules are held against them.
/// </summary>
/// <param name="Kind">How it measures.</param>
/// <param name="Name">Its name without the leading <c>app.</c>: <c>concern.what</c>.</param>
/// <param name="Unit">Its unit by UCUM: <c>s</c>, <c>By</c>, or what is counted in braces.</param>
/// <param name="Description">What it measures, in one sentence.</param>
/// <param name="Labels">What its measurements are told apart by.</param>
public sealed record MetricDefinition(MetricKind Kind, string Name, string Unit, string Description, params IReadOnlyList<MetricLabel> Labels)
{
    /// <summary>
    /// The most label sets of one instrument; what comes beyond is measured under <c>otel_metric_overflow</c>. Memory stays bounded whatever
    /// a label turns out to hold.
    /// </summary>
    public const int MaxLabelSets = 500;

    /// <summary>The name that collectors see. It does not hold the service's own, so that one set of dashboards and rules serves many services.</summary>
    public string FullName => $"app.{Name}";
}

/// <summary>A label of a metric. Its values are few: never an id, an address, or anything that a caller sends.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">All values that it takes; empty if they come from what is registered at the start.</param>
/// <param name="Source">Where the values come from; null if they are all named.</param>
public sealed record MetricLabel(string Name, IReadOnlyList<string> Values, string? Source = null)
{
    /// <summary>A label with these values, and no others.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The values.</param>
    /// <returns>The label.</returns>
    public static MetricLabel Of(string name, params IReadOnlyList<string> values) => new(name, values);

    /// <summary>A label whose values are registered at the start.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">What they are: <c>the name of an outbound client</c>.</param>
    /// <returns>The label.</returns>
    public static MetricLabel Each(string name, string source) => new(name, [], source);

    /// <summary>The label with a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>What a measurement is tagged with.</returns>
    public KeyValuePair<string, object?> Is(string value) => new(Name, value);
}
