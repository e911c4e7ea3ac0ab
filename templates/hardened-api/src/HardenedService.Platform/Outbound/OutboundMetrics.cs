using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Outbound;

/// <summary>What is counted of calls to other systems.</summary>
internal sealed class OutboundMetrics(IMeterFactory meters)
{
    private static readonly MetricLabel Client = MetricLabel.Each("client", "the name of an outbound client");
    private static readonly MetricLabel Outcome = MetricLabel.Of("outcome", "answered", "failed", "unavailable", "timed_out", "given_up", "fault");
    private static readonly MetricLabel Reason = MetricLabel.Of("reason", "breaker", "concurrency", "retry_budget");

    private static readonly MetricDefinition Attempts = new(
        MetricKind.Counter, "outbound.attempts", "{attempt}", "Attempts at calls to other systems, by what came of them.", Client, Outcome);

    private static readonly MetricDefinition Duration = new(
        MetricKind.Histogram, "outbound.duration", "s", "How long attempts at calls to other systems took.", Client, Outcome);

    private static readonly MetricDefinition Refusals = new(
        MetricKind.Counter, "outbound.refusals", "{call}", "Calls to other systems that were not tried, or not tried again.", Client, Reason);

    private static readonly MetricDefinition Breaker = new(
        MetricKind.Gauge, "outbound.breaker", "{state}", "The circuit breaker of calls to another system: 0 closed, 1 half-open, 2 open.", Client);

    private readonly Counter<long> _attempts = meters.Counter(Attempts);
    private readonly Histogram<double> _duration = meters.Histogram(Duration);
    private readonly Counter<long> _refusals = meters.Counter(Refusals);
    private readonly Gauge<long> _breaker = meters.Gauge(Breaker);

    public void Attempted(string client, string outcome, TimeSpan duration)
    {
        _attempts.Add(1, Client.Is(client), Outcome.Is(outcome));
        _duration.Record(duration.TotalSeconds, Client.Is(client), Outcome.Is(outcome));
    }

    public void Refused(string client, string reason) => _refusals.Add(1, Client.Is(client), Reason.Is(reason));

    public void BreakerIs(string client, BreakerState state) => _breaker.Record((long)state, Client.Is(client));
}

internal enum BreakerState
{
    Closed = 0,
    HalfOpen = 1,
    Open = 2,
}
