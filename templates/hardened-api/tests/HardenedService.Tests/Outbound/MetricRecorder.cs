using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Outbound;

/// <summary>Listens to the outbound instruments of one host, as an exporter would.</summary>
internal sealed class MetricRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Instrument, string Labels, long Value)> _values = new();

    public MetricRecorder(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory && instrument.Name.StartsWith("app.outbound.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _values.Enqueue((instrument.Name.Split('.')[^1], string.Join(',', tags.ToArray().Select(tag => $"{tag.Value}")), value)));
        _listener.Start();
    }

    /// <summary>What a counter was moved by altogether.</summary>
    public long Sum(string instrument, string labels) =>
        _values.Where(value => value.Instrument == instrument && value.Labels == labels).Sum(value => value.Value);

    /// <summary>What a gauge showed, one after the other.</summary>
    public IEnumerable<long> Shown(string instrument) => _values.Where(value => value.Instrument == instrument).Select(value => value.Value);

    public void Dispose() => _listener.Dispose();
}
