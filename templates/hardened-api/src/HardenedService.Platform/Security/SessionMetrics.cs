using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Security;

/// <summary>What is counted of session checks.</summary>
internal sealed class SessionMetrics(IMeterFactory meters)
{
    private static readonly MetricLabel Outcome = MetricLabel.Of("outcome", "found", "none", "failed");

    private static readonly MetricDefinition Lookups = new(
        MetricKind.Counter, "session.lookups", "{lookup}", "Sessions that were looked for, by what came of it; failed is a 503.", Outcome);

    private static readonly MetricDefinition Duration = new(
        MetricKind.Histogram, "session.lookup_duration", "s", "How long one statement took that looks for the sessions of many requests.");

    private readonly Counter<long> _lookups = meters.Counter(Lookups);
    private readonly Histogram<double> _duration = meters.Histogram(Duration);

    public void Looked(Session? session) => _lookups.Add(1, Outcome.Is(session is null ? "none" : "found"));

    public void Failed() => _lookups.Add(1, Outcome.Is("failed"));

    public void Took(TimeSpan time) => _duration.Record(time.TotalSeconds);
}
