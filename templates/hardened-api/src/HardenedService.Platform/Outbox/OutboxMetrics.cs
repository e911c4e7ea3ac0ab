using System.Diagnostics.Metrics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Outbox;

/// <summary>What is counted of the outbox. Kinds are those that this build handles; all others are <c>other</c>.</summary>
internal sealed class OutboxMetrics(IMeterFactory meters, IEnumerable<OutboxRegistration> registrations)
{
    private static readonly MetricLabel Kind = MetricLabel.Each("kind", "a kind of message that this build handles, or `other`");
    private static readonly MetricLabel Outcome = MetricLabel.Of("outcome", [.. Enum.GetValues<OutboxResult>().Select(EnumColumns.Name)]);

    private static readonly MetricDefinition Attempts = new(
        MetricKind.Counter, "outbox.attempts", "{attempt}", "Attempts to deliver a message, by what came of them.", Kind, Outcome);

    private static readonly MetricDefinition Depth = new(
        MetricKind.Gauge, "outbox.depth", "{message}", "Messages that are neither delivered nor parked; the same on every replica.", Kind);

    private static readonly MetricDefinition OldestAge = new(
        MetricKind.Gauge, "outbox.oldest_age", "s", "Age of the oldest of these messages; the same on every replica.", Kind);

    private static readonly MetricDefinition Parked = new(
        MetricKind.Gauge, "outbox.parked", "{message}", "Messages that wait for a person; the same on every replica.", Kind);

    private readonly IReadOnlyList<string> _kinds = [.. registrations.Select(registration => registration.Handler.Kind), "other"];

    private readonly Counter<long> _attempts = meters.Counter(Attempts);
    private readonly Gauge<long> _depth = meters.Gauge(Depth);
    private readonly Gauge<long> _age = meters.Gauge(OldestAge);
    private readonly Gauge<long> _parked = meters.Gauge(Parked);

    public void Attempted(string kind, OutboxResult result) =>
        _attempts.Add(1, Kind.Is(kind), Outcome.Is(EnumColumns.Name(result)));

    /// <summary>Notes what was measured; a kind of which nothing is there has nothing.</summary>
    public void Measured(IReadOnlyCollection<OutboxBacklog> backlogs)
    {
        foreach (var kind in _kinds)
        {
            var tag = Kind.Is(kind);
            var ofKind = backlogs.Where(backlog => (_kinds.Contains(backlog.Kind) ? backlog.Kind : "other") == kind).ToList();
            _depth.Record(ofKind.Sum(backlog => backlog.Depth), tag);
            _age.Record(ofKind.Select(backlog => (long)backlog.OldestAge.TotalSeconds).DefaultIfEmpty().Max(), tag);
            _parked.Record(ofKind.Sum(backlog => backlog.Parked), tag);
        }
    }
}
