using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Idempotency;

/// <summary>What is counted of idempotency keys.</summary>
internal sealed class IdempotencyMetrics(IMeterFactory meters)
{
    private static readonly MetricLabel Outcome = MetricLabel.Of("outcome", "stored", "replayed", "in_progress", "reused");

    private static readonly MetricDefinition Requests = new(
        MetricKind.Counter, "idempotency.requests", "{request}", "Requests with an Idempotency-Key, by what came of them.", Outcome);

    private readonly Counter<long> _requests = meters.Counter(Requests);

    public void Stored() => Count("stored");

    public void Replayed() => Count("replayed");

    public void InProgress() => Count("in_progress");

    public void Reused() => Count("reused");

    private void Count(string outcome) => _requests.Add(1, Outcome.Is(outcome));
}
