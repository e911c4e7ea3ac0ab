using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class DashboardsMatch : IReadinessCheck
{
    private const int Ok = 200;
    private const string Metrics = "/metrics";

    public Concern Concern { get; } = new("dashboards-match", Tier.ThirtyDays, "Dashboards and alerts look at what the service measures")
    {
        Proves = "Every metric that a dashboard, an alert or a recorded series names is one of docs/metrics.md, or one that the running service exports right now; and it exports some of ours.",
        DoesNotProve = "That what is documented is measured as well, where nothing has happened yet that it counts (the evidence tells of how many); that a label of that name exists, that Prometheus scrapes the service, or that somebody looks.",
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
        await context.ProbeAsync(context.Service, HttpMethod.Get, "/", cancel);
        var scrape = await context.ProbeAsync(context.Management, HttpMethod.Get, Metrics, cancel);

        if (scrape.Status != Ok)
        {
            throw new InconclusiveException(FormattableString.Invariant($"{context.Management} has no {Metrics}: its answer is {scrape.Status}"));
        }

        var measured = new MetricNames().AddScraped(scrape.Body);
        var names = new MetricNames()
            .AddDocumented(await File.ReadAllTextAsync(context.InRepository("docs", "metrics.md"), cancel))
            .AddRecorded(rules)
            .AddScraped(scrape.Body);
        var queries = dashboards.SelectMany(dashboard => dashboard.Expressions.Select(expression => (Place: dashboard.Name, Text: expression)))
            .Concat(rules.SelectMany(file => file.Rules).Select(rule => (rule.Place, Text: rule.Expression)))
            .ToList();

        var ours = queries.SelectMany(query => PromQl.Selectors(query.Text)).Select(selector => selector.Metric).Where(IsOurs).ToHashSet();
        var silent = ours.Count(name => !measured.Contains(name));

        return Finding.Of(
            [
                .. ours.Count > 0 && silent == ours.Count ? ["the service exports none of its own metrics that are looked at"] : Array.Empty<string>(),
                .. queries.SelectMany(query => names.FaultsOf(query.Place, query.Text, _ => true)).Distinct(),
            ],
            $"{Counted.Of(queries.Count, "expression names", "expressions name")} what there is, in {Counted.Of(dashboards.Count, "dashboard")} and {Counted.Of(rules.Count, "file")} of rules; "
                + FormattableString.Invariant($"{silent} of {ours.Count} series of ours {(silent == 1 ? "is" : "are")} documented and not measured yet"));
    }

    private static bool IsOurs(string metric) => metric.StartsWith("app_", StringComparison.Ordinal);
}
