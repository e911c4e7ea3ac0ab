using System.Text.RegularExpressions;
using HardenedService.Operations.Load;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Load;

public sealed partial class ServiceLevelTests
{
    [Fact]
    public void What_is_promised_by_default_is_what_the_alerts_watch()
    {
        var slo = ServiceLevel.Parse(ServiceLevel.Default);

        Assert.Equal([new LatencyObjective("p99", 99, TimeSpan.FromMilliseconds(500))], slo.Latencies);
        Assert.Equal(0.001, slo.Errors);
        Assert.Contains("99 % of requests are answered within 500 ms", Rules);
        Assert.Contains("99.9 % of requests are answered without a 5xx", Rules);
    }

    [Fact]
    public void Latency_is_promised_of_the_calls_of_which_the_alerts_say_so()
    {
        var leftOut = new Regex($"^(?:{Assert.Single(LeftOut().Matches(Rules).Select(match => match.Groups["routes"].Value).Distinct())})$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        var (user, random) = (new LoadUser("", "") { OrganizationId = Guid.NewGuid() }, new Random(5));

        Assert.All(LoadOperations.All, operation =>
        {
            var paths = Enumerable.Range(0, 100).Select(_ => operation.Request(user, random).RequestUri!.OriginalString.Split('?')[0]).Distinct().ToList();

            Assert.All(paths, path => Assert.True(leftOut.IsMatch(path) != operation.HasLatencyObjective, $"{operation.Name}: {path}"));
        });
    }

    [Theory]
    [InlineData("p50=20ms")]
    [InlineData("p99.9=2s, max=1m, errors=1%")]
    [InlineData("errors=0%")]
    [InlineData("errors=100%")]
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
    [InlineData("errors=-Infinity%")]
    public void What_is_none_is_refused_with_an_example(string text) =>
        Assert.Contains(ServiceLevel.Default, Assert.Throws<FormatException>(() => ServiceLevel.Parse(text)).Message);

    [Fact]
    public void Who_promises_nothing_of_errors_promises_the_usual() =>
        Assert.Equal(("p50=20ms,errors=0.1%", 0.001), (ServiceLevel.Parse(" p50=20ms").Text, ServiceLevel.Parse("p50=20ms").Errors));

    [Theory]
    [InlineData("p99=500ms,errors=0.1%", true)]
    [InlineData("errors=0%,max=400ms", true)]
    [InlineData("p50=10ms,p99=300ms", true)]
    [InlineData("p99=501ms", false)]
    [InlineData("p95=100ms", false)]
    [InlineData("p99=500ms,errors=0.2%", false)]
    [InlineData("errors=0%", false)]
    public void What_is_stricter_includes_the_default(string text, bool includes) =>
        Assert.Equal(includes, ServiceLevel.Parse(text).Includes(ServiceLevel.Parse(ServiceLevel.Default)));

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
    private static string Rules => File.ReadAllText(Path.Combine(GeneratedDocument.SolutionDirectory(), "ops", "prometheus", "rules", "slo.yml"));

    [GeneratedRegex("http_route!~\"(?<routes>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LeftOut();
}
