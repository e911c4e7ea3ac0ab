using System.Diagnostics.Metrics;
using HardenedService.Platform.Data;
using HardenedService.Platform.Telemetry;

namespace HardenedService.Platform.Auditing;

/// <summary>What is counted of the audit trail: sign-ins by outcome, and every other security event, are among its actions.</summary>
internal sealed class AuditMetrics(IMeterFactory meters)
{
    private static readonly MetricLabel Action = MetricLabel.Each("action", "an action of `docs/audit.md`");
    private static readonly MetricLabel Outcome = MetricLabel.Of("outcome", [.. Enum.GetValues<AuditOutcome>().Select(EnumColumns.Name)]);

    private static readonly MetricDefinition Records = new(
        MetricKind.Counter,
        "audit.records",
        "{record}",
        "Audit records that the API wrote and committed, by action and outcome: `session.signed_in` counts sign-ins.",
        Action,
        Outcome);

    private readonly Counter<long> _records = meters.Counter(Records);

    public void Written(AuditEntry entry) => _records.Add(1, Action.Is(entry.Action.Name), Outcome.Is(EnumColumns.Name(entry.Outcome)));
}
