using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.RateLimiting;

/// <summary>What is counted of requests that came too often.</summary>
internal sealed class RateLimitMetrics(IMeterFactory meters)
{
    /// <summary>The limit per address, which holds for every request.</summary>
    public const string Address = "address";

    /// <summary>The limit per person, or the one that the endpoint names.</summary>
    public const string Caller = "caller";

    private static readonly MetricLabel Limit = MetricLabel.Each(
        "limit", $"`{Address}`; `{Caller}`, per person or the endpoint's own; or the name of a window of attempts: `sign_ins_network`");

    private static readonly MetricDefinition Refusals = new(
        MetricKind.Counter, "rate_limit.refusals", "{request}", "Requests that were refused because too many came (429), by the limit that was full.", Limit);

    private readonly Counter<long> _refusals = meters.Counter(Refusals);

    public void Refused(string limit) => _refusals.Add(1, Limit.Is(limit));
}
