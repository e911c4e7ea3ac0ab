using HardenedService.Operations.Readiness.Monitoring;
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
        IReadOnlyList<string> faults = [];

        try
        {
            await Eventually.HoldsAsync(async () => (faults = await FaultsAsync(host, collector)).Count == 0, "every metric and label");
        }
        finally
        {
            Assert.Empty(faults);
        }
    }

    [Theory]
    [InlineData("sum by (job) (rate(nothing_total[5m]))", "there is no metric nothing_total")]
    [InlineData("max by (job, kind) (app_outbox_parked{client=\"Ledger\"}) > 0", "app_outbox_parked has no label client")]
    [InlineData("sum by (client) (app_outbox_parked offset 1h) and on (job) up == 0", "nothing has the label client")]
    public void What_is_not_there_is_found(string expression, string fault) =>
        Assert.Contains(fault, Assert.Single(ExportedMetrics.Scraped("").FaultsOf(new("rules.yml", expression))), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("rate(a_total[5m)", ") closes nothing")]
    [InlineData("a > 1)", ") closes nothing")]
    [InlineData("sum(rate(a_total[5m])", "( is never closed")]
    [InlineData("a{job=\"b} > 1", "a quotation mark has no other half")]
    [InlineData("a{job=\"b\" > 1", "{ is never closed")]
    [InlineData("a >", "it ends before it is complete")]
    [InlineData("a > 1 and", "it ends before it is complete")]
    [InlineData("/ a", "it ends before it is complete")]
    public void What_nobody_could_evaluate_is_found(string expression, string fault) => Assert.Equal(fault, PromQl.FaultOf(expression));

    [Theory]
    [InlineData("a{job=~\"(b|\\\"c)[\"} > 0")]
    [InlineData("a{job='('} > 0 # not yet (")]
    [InlineData("-a{job=`[`} % 2 == bool 1\n")]
    public void What_is_quoted_or_a_comment_closes_nothing(string expression) => Assert.Null(PromQl.FaultOf(expression));

    private static async Task<IReadOnlyList<string>> FaultsAsync(ApiHost host, OtlpReceiver collector)
    {
        await host.Management.GetAsync("/health/ready");
        host.FlushTelemetry();
        ExportedMetrics[] exported = [ExportedMetrics.Scraped(await host.Management.GetStringAsync("/metrics")), ExportedMetrics.Received(collector.Metrics)];

        return [.. exported.SelectMany(metrics => OpsFiles.Queries.SelectMany(metrics.FaultsOf)).Distinct()];
    }
}
