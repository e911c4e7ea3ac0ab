using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Telemetry;

namespace HardenedService.Tests.Alerting;

/// <summary>Rules, dashboards and runbooks look at what a service that runs really exports.</summary>
public sealed class QueryTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Every_metric_and_label_is_exported_to_prometheus_and_to_a_collector()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var host = api.StartAnother(collector.Settings);
        var owner = await api.NewOwnerAsync();
        using var answer = await NotesFixture.SendAsync(host.Public, owner.Token, HttpMethod.Get, "/v1/account", content: null);
        var foreign = Foreign().ToList();
        Assert.NotEmpty(foreign);

        await Eventually.HoldsAsync(
            async () =>
            {
                await host.Management.GetAsync("/health/ready");
                host.FlushTelemetry();
                var scraped = ExportedMetrics.Scraped(await host.Management.GetStringAsync("/metrics"));
                var received = ExportedMetrics.Received(collector.Metrics);

                return foreign.Where(metric => metric.StartsWith("http_server", StringComparison.Ordinal) || metric.StartsWith("db_client", StringComparison.Ordinal))
                    .All(metric => scraped.Has(metric) && received.Has(metric));
            },
            "metrics of requests and statements");

        var exported = new[] { ExportedMetrics.Scraped(await host.Management.GetStringAsync("/metrics")), ExportedMetrics.Received(collector.Metrics) };

        Assert.Empty(exported.SelectMany(metrics => OpsFiles.Queries.SelectMany(metrics.FaultsOf)).Distinct());
    }

    [Theory]
    [InlineData("sum by (job) (rate(nothing_total[5m]))", "there is no metric nothing_total")]
    [InlineData("max by (job, kind) (app_outbox_parked{client=\"Ledger\"}) > 0", "app_outbox_parked has no label client")]
    [InlineData("sum by (client) (app_outbox_parked offset 1h) and on (job) up == 0", "nothing has the label client")]
    public void What_is_not_there_is_found(string expression, string fault) =>
        Assert.Contains(fault, Assert.Single(ExportedMetrics.Scraped("").FaultsOf(new("rules.yml", expression))), StringComparison.Ordinal);

    // Those that the runtime and its libraries measure.
    private static IEnumerable<string> Foreign() =>
        OpsFiles.Queries.SelectMany(query => PromQl.Selectors(query.Text)).Select(selector => selector.Metric).Distinct().Where(metric => !metric.StartsWith("app_", StringComparison.Ordinal));
}
