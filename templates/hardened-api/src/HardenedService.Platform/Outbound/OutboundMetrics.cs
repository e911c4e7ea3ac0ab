using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Outbound;

/// <summary>
/// By client: <c>hardened_service.outbound.attempts</c> and <c>.duration</c> by outcome (answered, failed, unavailable, timed_out, given_up,
/// fault), <c>.refusals</c> by reason (breaker, concurrency, retry_budget), <c>.breaker</c> (0 closed, 1 half-open, 2 open).
/// </summary>
internal sealed class OutboundMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _attempts = meters.Counter("outbound.attempts", "{attempt}", "Attempts at calls to other systems.");
    private readonly Histogram<double> _duration = meters.Seconds("outbound.duration", "How long attempts at calls to other systems took.");
    private readonly Counter<long> _refusals = meters.Counter(
        "outbound.refusals", "{call}", "Calls to other systems that were not tried, or not tried again.");

    private readonly Gauge<long> _breaker = meters.Gauge(
        "outbound.breaker", "{state}", "The circuit breaker of calls to another system: 0 closed, 1 half-open, 2 open.");

    public void Attempted(string client, string outcome, TimeSpan duration)
    {
        _attempts.Add(1, Client(client), new("outcome", outcome));
        _duration.Record(duration.TotalSeconds, Client(client), new("outcome", outcome));
    }

    public void Refused(string client, string reason) => _refusals.Add(1, Client(client), new("reason", reason));

    public void BreakerIs(string client, BreakerState state) => _breaker.Record((long)state, Client(client));

    private static KeyValuePair<string, object?> Client(string client) => new("client", client);
}

internal enum BreakerState
{
    Closed = 0,
    HalfOpen = 1,
    Open = 2,
}
