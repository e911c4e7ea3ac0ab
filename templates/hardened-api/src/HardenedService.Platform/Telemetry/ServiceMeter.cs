using System.Diagnostics.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary>The meter of what this service measures itself.</summary>
public static class ServiceMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "HardenedService";

    // Seconds: from what a lookup takes to what the longest limits allow.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    /// <summary>Makes a counter.</summary>
    /// <param name="meters">The host's meters.</param>
    /// <param name="metric">Its definition.</param>
    /// <returns>The instrument.</returns>
    public static Counter<long> Counter(this IMeterFactory meters, MetricDefinition metric) =>
        meters.Meter(metric).CreateCounter<long>(metric.FullName, metric.Unit, metric.Description);

    /// <summary>Makes a counter that goes both ways.</summary>
    /// <inheritdoc cref="Counter"/>
    public static UpDownCounter<long> UpDownCounter(this IMeterFactory meters, MetricDefinition metric) =>
        meters.Meter(metric).CreateUpDownCounter<long>(metric.FullName, metric.Unit, metric.Description);

    /// <summary>Makes a gauge, which keeps what it was last told.</summary>
    /// <inheritdoc cref="Counter"/>
    public static Gauge<long> Gauge(this IMeterFactory meters, MetricDefinition metric) =>
        meters.Meter(metric).CreateGauge<long>(metric.FullName, metric.Unit, metric.Description);

    /// <summary>Makes a gauge that is asked whenever metrics are collected.</summary>
    /// <param name="meters">The host's meters.</param>
    /// <param name="metric">Its definition.</param>
    /// <param name="observe">Measures, at once; nothing if there is nothing to measure.</param>
    /// <returns>The instrument.</returns>
    public static ObservableGauge<long> Gauge(this IMeterFactory meters, MetricDefinition metric, Func<IEnumerable<Measurement<long>>> observe) =>
        meters.Meter(metric).CreateObservableGauge(metric.FullName, observe, metric.Unit, metric.Description);

    /// <summary>Makes a histogram of durations in seconds.</summary>
    /// <inheritdoc cref="Counter"/>
    public static Histogram<double> Histogram(this IMeterFactory meters, MetricDefinition metric) =>
        meters.Meter(metric).CreateHistogram(metric.FullName, metric.Unit, metric.Description, tags: null, Durations);

    // The factory keeps one meter for each name.
    private static Meter Meter(this IMeterFactory meters, MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(meters);
        ArgumentNullException.ThrowIfNull(metric);

        return meters.Create(Name);
    }
}
