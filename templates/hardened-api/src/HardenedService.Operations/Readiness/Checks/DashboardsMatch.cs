using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class DashboardsMatch : IReadinessCheck
{
    public Concern Concern { get; } = new("dashboards-match", Tier.ThirtyDays, "Dashboards and alerts look at what the service measures")
    {
        Proves = "Every metric that a dashboard, an alert or a recorded series names is one of docs/metrics.md, or one that the running service exports right now.",
        DoesNotProve = "That a label of that name exists, that Prometheus scrapes the service, or that somebody looks.",
        How = "Reads ops/grafana and ops/prometheus/rules, sends the service one request, and reads /metrics of its management port.",
        Mend = "docs/metrics.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var dashboards = Dashboard.ReadAll(context.InRepository("ops", "grafana"));
        var rules = RuleFile.ReadAll(context.InRepository("ops", "prometheus", "rules"));

        if (dashboards.Count == 0 || dashboards.SelectMany(dashboard => dashboard.Faults).Any())
        {
            return Finding.Of([.. dashboards.SelectMany(dashboard => dashboard.Faults).DefaultIfEmpty("there is no dashboard in ops/grafana")], "");
        }

        // One that has just started has measured none yet.
        using (await context.Http.GetAsync(context.Service, cancel))
        {
        }

        var names = new MetricNames()
            .AddDocumented(await File.ReadAllTextAsync(context.InRepository("docs", "metrics.md"), cancel))
            .AddRecorded(rules)
            .AddScraped(await context.Http.GetStringAsync(new Uri(context.Management, "metrics"), cancel));
        var queries = dashboards.SelectMany(dashboard => dashboard.Expressions.Select(expression => (Place: dashboard.Name, Text: expression)))
            .Concat(rules.SelectMany(file => file.Rules).Select(rule => (rule.Place, Text: rule.Expression)))
            .ToList();

        return Finding.Of(
            [.. queries.SelectMany(query => names.FaultsOf(query.Place, query.Text, _ => true)).Distinct()],
            $"{queries.Count} expressions in {dashboards.Count} dashboards and {rules.Count} files of rules name what there is");
    }
}
