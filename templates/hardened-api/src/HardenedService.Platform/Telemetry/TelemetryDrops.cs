using System.Diagnostics.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary><c>telemetry.dropped</c>: what was logged, traced or measured and reached nobody, by destination and signal.</summary>
internal sealed class TelemetryDrops(IMeterFactory meters)
{
    public const string Console = "console";
    public const string Seq = "seq";
    public const string Otlp = "otlp";

    public const string Logs = "logs";
    public const string Traces = "traces";
    public const string Metrics = "metrics";

    private readonly Counter<long> _dropped = meters.Counter(
        "telemetry.dropped", "{item}", "Log events, spans and metrics that could not be delivered, by destination and signal.");

    public void Dropped(string destination, string signal, long count) =>
        _dropped.Add(count, new KeyValuePair<string, object?>("destination", destination), new KeyValuePair<string, object?>("signal", signal));
}
