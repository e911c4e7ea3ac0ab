using HardenedService.Operations.Load;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Load;

public sealed class ServiceLevelTests
{
    [Fact]
    public void What_is_promised_by_default_is_what_the_alerts_watch()
    {
        var rules = File.ReadAllText(Path.Combine(GeneratedDocument.SolutionDirectory(), "ops", "prometheus", "rules", "slo.yml"));
        var slo = ServiceLevel.Parse(ServiceLevel.Default);

        Assert.Equal([new LatencyObjective("p99", 99, TimeSpan.FromMilliseconds(500))], slo.Latencies);
        Assert.Equal((double?)0.001, slo.Errors);
        Assert.Contains("99 % of requests are answered within 500 ms", rules);
        Assert.Contains("99.9 % of requests are answered without a 5xx", rules);

        // Sign-ins, and no other operation.
        Assert.Contains("""http_route!~"/v1/(accounts?|sessions)(/.*)?""", rules);
        Assert.Equal(["signin"], LoadOperations.All.Where(operation => !operation.HasLatencyObjective).Select(operation => operation.Name));
    }

    [Theory]
    [InlineData("p50=20ms")]
    [InlineData("p99.9=2s, max=1m, errors=1%")]
    [InlineData("errors=0%")]
    public void An_objective_is_read(string text) => Assert.NotNull(ServiceLevel.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("p98=1s")]
    [InlineData("p99=fast")]
    [InlineData("p99=0ms")]
    [InlineData("p99=1s,p99=2s")]
    [InlineData("errors=0.1")]
    [InlineData("errors=101%")]
    [InlineData("errors=1%,errors=2%")]
    [InlineData("errors=NaN%")]
    public void What_is_none_is_refused_with_an_example(string text) =>
        Assert.Contains(ServiceLevel.Default, Assert.Throws<FormatException>(() => ServiceLevel.Parse(text)).Message);

    [Fact]
    public void Each_miss_is_named_with_what_was_promised()
    {
        var latencies = new LatencyHistogram();
        latencies.Record(TimeSpan.FromSeconds(1));
        var slo = ServiceLevel.Parse("p50=2s,p99=500ms,errors=1%");

        Assert.Empty(ServiceLevel.Parse("p50=2s,errors=1%").Misses(latencies, calls: 100, errors: 1, limited: 1));
        Assert.Equal(["nothing ended for which latency is promised"], slo.Misses(new(), calls: 100, errors: 0, limited: 0));
        Assert.Collection(
            slo.Misses(latencies, calls: 100, errors: 2, limited: 3),
            miss => Assert.StartsWith("p99 is 100", miss),
            miss => Assert.Equal("2 % failed, and 1 % may", miss),
            miss => Assert.Equal("3 % were turned away by its rate limits, and 1 % may", miss));
        Assert.Equal(["nothing was asked"], slo.Misses(new(), calls: 0, errors: 0, limited: 0));
    }
}
