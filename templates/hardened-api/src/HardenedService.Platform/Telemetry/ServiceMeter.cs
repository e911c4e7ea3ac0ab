using System.Diagnostics.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary>The meter of what this service counts itself. Its instruments are named <c>hardened_service.concern.what</c>.</summary>
internal static class ServiceMeter
{
    public const string Name = "HardenedService";

    // The factory keeps one meter for each name.
    public static Counter<long> Counter(this IMeterFactory meters, string name, string unit, string description) =>
        meters.Create(Name).CreateCounter<long>($"hardened_service.{name}", unit, description);

    public static UpDownCounter<long> UpDownCounter(this IMeterFactory meters, string name, string unit, string description) =>
        meters.Create(Name).CreateUpDownCounter<long>($"hardened_service.{name}", unit, description);

    public static Gauge<long> Gauge(this IMeterFactory meters, string name, string unit, string description) =>
        meters.Create(Name).CreateGauge<long>($"hardened_service.{name}", unit, description);

    public static Histogram<double> Seconds(this IMeterFactory meters, string name, string description) =>
        meters.Create(Name).CreateHistogram<double>($"hardened_service.{name}", "s", description);
}
