using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Telemetry;

[assembly: AssemblyFixture(typeof(MetricLabelWatch))]

namespace HardenedService.Tests.Telemetry;

/// <summary>
/// Looks at every measurement of every service that the tests start: one under a name, label or value that is not defined fails the run.
/// </summary>
public sealed class MetricLabelWatch : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, bool> _faults = new(StringComparer.Ordinal);

    /// <summary>Begins to look.</summary>
    public MetricLabelWatch()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ServiceMeter.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Look(instrument, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Look(instrument, tags));
        _listener.Start();
    }

    /// <summary>What was wrong so far.</summary>
    public IReadOnlyCollection<string> Faults => [.. _faults.Keys];

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        Assert.Empty(Faults);
    }

    private void Look(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (MetricCatalogue.FaultOf(instrument.Name, tags.ToArray()) is { } fault)
        {
            _faults.TryAdd(fault, true);
        }
    }
}
