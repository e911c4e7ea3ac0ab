using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="promtool">Null where it is not installed.</param>
internal sealed class AlertsValid(Promtool? promtool) : IReadinessCheck
{
    private static readonly string[] Severities = ["page", "ticket"];

    public Concern Concern { get; } = new("alerts-valid", Tier.Must, "The alerts are well formed, and each says what to do")
    {
        Proves = "The rules are well formed, each alert has a severity and the name of its runbook, and what it looks at of our own metrics is measured. "
            + "Where promtool is installed, it takes them as well.",
        DoesNotProve = "That each can fire, where promtool is not installed: then nothing knows functions and types. That Prometheus runs with these rules; that the thresholds are right.",
        How = "Reads ops/prometheus/rules, compares them with docs/metrics.md, and runs `promtool check rules`.",
        Mend = "ops/README.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var folder = context.InRepository("ops", "prometheus", "rules");
        var files = RuleFile.ReadAll(folder);
        var alerts = files.SelectMany(file => file.Rules).Where(rule => rule.IsAlert).ToList();
        var names = new MetricNames().AddDocumented(await File.ReadAllTextAsync(context.InRepository("docs", "metrics.md"), cancel)).AddRecorded(files);
        List<string> faults =
        [
            .. alerts.Count == 0 ? ["there is no alert in ops/prometheus/rules"] : Array.Empty<string>(),
            .. files.SelectMany(file => file.Faults),
            .. files.Where(file => !file.Name.EndsWith(".yml", StringComparison.Ordinal)).Select(file => $"{file.Name}: Prometheus loads rules/*.yml alone, as prometheus.yml says"),
            .. alerts.GroupBy(alert => alert.Name).Where(same => same.Select(alert => alert.Place.Split(':')[0]).Distinct().Count() > 1).Select(same => $"{same.Key} is in several files"),
            .. alerts.Where(alert => !Severities.Contains(alert.Labels.GetValueOrDefault("severity"))).Select(alert => $"{alert.Place}: {alert.Name} has no severity: {string.Join(" or ", Severities)}"),
            .. alerts.Where(alert => string.IsNullOrEmpty(alert.Annotations.GetValueOrDefault("runbook"))).Select(alert => $"{alert.Place}: {alert.Name} names no runbook"),
            .. files.SelectMany(file => file.Rules).SelectMany(rule => names.FaultsOf($"{rule.Place}: {rule.Name}", rule.Expression, IsOurs)),
        ];

        if (faults.Count == 0 && promtool is not null && await promtool.FaultAsync(folder, files.Select(file => file.Name), cancel) is { } fault)
        {
            faults.Add(fault);
        }

        return Finding.Of(
            faults,
            $"{Counted.Of(alerts.Count, "alert")}; {(promtool is null ? "promtool is not installed here: expressions were read for names and brackets alone" : "promtool takes them")}");
    }

    // Of the runtime's own, only a service that runs can tell: dashboards-match asks it.
    private static bool IsOurs(string metric) => metric.StartsWith("app_", StringComparison.Ordinal) || metric.Contains(':', StringComparison.Ordinal);
}
