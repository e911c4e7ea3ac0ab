using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary>What becomes of an instrument in the collection.</summary>
internal static class MetricStreams
{
    /// <summary>
    /// Bounds the label sets of our own, and leaves out what another service in the same process measures, as in tests: meters go by
    /// their names, which are the same there, and what of them is disposed would take ours with it.
    /// </summary>
    public static MeterProviderBuilder AddStreams(this MeterProviderBuilder metrics) =>
        ((IDeferredMeterProviderBuilder)metrics).Configure((services, provider) =>
        {
            var factory = services.GetRequiredService<IMeterFactory>();
            provider.AddView(instrument =>
                instrument.Meter.Scope is { } scope && scope != factory ? MetricStreamConfiguration.Drop
                : instrument.Meter.Name == ServiceMeter.Name ? new MetricStreamConfiguration { CardinalityLimit = MetricDefinition.MaxLabelSets }
                : null);
        });
}
