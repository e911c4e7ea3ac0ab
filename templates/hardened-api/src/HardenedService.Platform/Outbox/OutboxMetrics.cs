using System.Diagnostics.Metrics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Outbox;

/// <summary>What is counted of the outbox. Kinds are those that this build handles; all others are <c>other</c>.</summary>
internal sealed class OutboxMetrics(IMeterFactory meters, IEnumerable<OutboxRegistration> registrations)
{
    private readonly IReadOnlyList<string> _kinds = [.. registrations.Select(registration => registration.Handler.Kind), "other"];

    private readonly Counter<long> _attempts =
        meters.Counter("outbox.attempts", "{attempt}", "Attempts to deliver a message, by kind and outcome: delivered, retried, parked or released.");

    private readonly Gauge<long> _depth = meters.Gauge("outbox.depth", "{message}", "Messages that are not delivered yet and not parked, by kind; the same on every replica.");
    private readonly Gauge<long> _age = meters.Gauge("outbox.oldest_age", "s", "Age of the oldest of these messages, by kind.");
    private readonly Gauge<long> _parked = meters.Gauge("outbox.parked", "{message}", "Messages that wait for a person, by kind.");

    public void Attempted(string kind, OutboxResult result) => _attempts.Add(
        1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", EnumColumns.Name(result)));

    /// <summary>Notes what was measured; a kind of which nothing is there has nothing.</summary>
    public void Measured(IReadOnlyCollection<OutboxBacklog> backlogs)
    {
        foreach (var kind in _kinds)
        {
            var tag = new KeyValuePair<string, object?>("kind", kind);
            var ofKind = backlogs.Where(backlog => (_kinds.Contains(backlog.Kind) ? backlog.Kind : "other") == kind).ToList();
            _depth.Record(ofKind.Sum(backlog => backlog.Depth), tag);
            _age.Record(ofKind.Select(backlog => (long)backlog.OldestAge.TotalSeconds).DefaultIfEmpty().Max(), tag);
            _parked.Record(ofKind.Sum(backlog => backlog.Parked), tag);
        }
    }
}
