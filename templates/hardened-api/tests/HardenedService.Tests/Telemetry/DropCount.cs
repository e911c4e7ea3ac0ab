using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Telemetry;

/// <summary>What was counted as dropped, by destination and signal.</summary>
internal sealed class DropCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Destination, string Signal), long> _counts = new();

    public DropCount(IServiceProvider services)
        : this(services.GetRequiredService<IMeterFactory>())
    {
    }

    public DropCount(IMeterFactory factory)
    {
        var meter = factory.Create(ServiceMeter.Name);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter && instrument.Name.EndsWith(".telemetry.dropped", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            _counts.AddOrUpdate(((string)tags[0].Value!, (string)tags[1].Value!), count, (_, sum) => sum + count));
        _listener.Start();
    }

    public long Of(string destination, string signal) => _counts.GetValueOrDefault((destination, signal));

    public void Dispose() => _listener.Dispose();
}
