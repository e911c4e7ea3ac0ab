namespace HardenedService.Operations.Readiness.Checks;

internal sealed class AlertDelivered() : EvidenceCheck(
    new("alert-delivery", Tier.Must, "An alert reaches somebody")
    {
        Proves = "Within 30 days, an alert went through Alertmanager, and whoever got it told the token that only the alert holds.",
        DoesNotProve = "That Prometheus reaches Alertmanager; that others than this person get alerts, or at night.",
        How = "`readiness alert-test --alertmanager` sends an alert with a token, and `readiness record alert_delivery --token` takes what the receiver read there.",
        Mend = "ops/README.md",
        Holds = TimeSpan.FromDays(30),
    },
    EvidenceKind.AlertDelivery,
    "run `readiness alert-test --alertmanager`, and `readiness record alert_delivery --token` with the token that arrives")
{
    protected override Finding Judge(EvidenceRecord record) =>
        Finding.Pass(record.Number("seconds") is { } seconds ? $"confirmed {Counted.Of(seconds / 60, "minute")} after it was sent" : "confirmed");
}
