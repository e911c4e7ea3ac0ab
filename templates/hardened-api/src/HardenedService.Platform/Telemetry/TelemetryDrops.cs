using System.Diagnostics.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary>Counts what was logged, traced or measured and reached nobody.</summary>
internal sealed class TelemetryDrops(IMeterFactory meters)
{
    public const string Console = "console";
    public const string Seq = "seq";
    public const string Otlp = "otlp";

    public const string Logs = "logs";
    public const string Traces = "traces";
    public const string Metrics = "metrics";

    private static readonly MetricLabel Destination = MetricLabel.Of("destination", Console, Seq, Otlp);
    private static readonly MetricLabel Signal = MetricLabel.Of("signal", Logs, Traces, Metrics);

    private static readonly MetricDefinition Drops = new(
        MetricKind.Counter, "telemetry.dropped", "{item}", "Log events, spans and metrics that could not be delivered.", Destination, Signal);

    private readonly Counter<long> _dropped = meters.Counter(Drops);

    public void Dropped(string destination, string signal, long count) => _dropped.Add(count, Destination.Is(destination), Signal.Is(signal));
}
