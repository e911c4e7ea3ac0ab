using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Idempotency;

/// <summary><c>hardened_service.idempotency.requests</c>, by outcome: stored, replayed, in_progress, reused.</summary>
internal sealed class IdempotencyMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _requests = meters.Counter(
        "idempotency.requests", "{request}", "Requests with an Idempotency-Key, by what came of them.");

    public void Stored() => Count("stored");

    public void Replayed() => Count("replayed");

    public void InProgress() => Count("in_progress");

    public void Reused() => Count("reused");

    private void Count(string outcome) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
