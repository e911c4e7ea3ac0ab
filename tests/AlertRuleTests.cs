using System.Text.Json;
using System.Text.RegularExpressions;

namespace HardenedStarter.Tests;

/// <summary>What `dotnet new` emits for Prometheus and Grafana is what they take.</summary>
public sealed partial class AlertRuleTests(TemplateFixture template)
{
    public static TheoryData<bool> Samples => [true, false];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Promtool_accepts_the_configuration_and_its_rules(bool withSample)
    {
        var scaffold = await ScaffoldAsync(withSample);
        var (code, output) = await Promtool.RunAsync("check", "config", Path.Combine(scaffold.Directory, "ops/prometheus/prometheus.yml"));

        Assert.True(code == 0, output);
        Assert.Contains("rules found", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task The_tests_of_the_rules_pass(bool withSample)
    {
        var scaffold = await ScaffoldAsync(withSample);
        var (code, output) = await Promtool.RunAsync(["test", "rules", .. Paths(scaffold, "ops/prometheus/tests/")]);

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task The_tests_of_the_rules_fail_on_other_thresholds()
    {
        var scaffold = await template.ScaffoldAsync("Acme");

        foreach (var rules in Paths(scaffold, "ops/prometheus/rules/"))
        {
            // Nothing is above it, and everything below.
            await File.WriteAllTextAsync(rules, Threshold().Replace(await File.ReadAllTextAsync(rules), "${operator} 1e15"));
        }

        foreach (var tests in Paths(scaffold, "ops/prometheus/tests/"))
        {
            Assert.NotEqual(0, (await Promtool.RunAsync("test", "rules", tests)).ExitCode);
        }
    }

    [Fact]
    public async Task Dashboards_are_json_and_each_of_their_expressions_can_be_read()
    {
        var scaffold = await template.PublicAsync;
        var dashboards = scaffold.Files.Where(file => file.StartsWith("ops/grafana/", StringComparison.Ordinal)).Select(file => JsonElement.Parse(scaffold.Read(file))).ToList();
        var expressions = dashboards.SelectMany(Expressions).ToList();
        var (code, output) = await Promtool.ReadAsync(template.NewFolder(), expressions);

        Assert.True(code == 0, output);
        Assert.Equal(4, dashboards.Select(dashboard => dashboard.GetProperty("uid").GetString()).Distinct().Count());
        Assert.All(dashboards, dashboard =>
        {
            var ids = dashboard.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()).ToList();
            Assert.Equal(Enumerable.Range(1, ids.Count), ids);
        });
    }

    [Fact]
    public async Task Each_expression_of_a_runbook_can_be_read()
    {
        var scaffold = await template.PublicAsync;
        var expressions = scaffold.Files.Where(file => file.StartsWith("ops/runbooks/", StringComparison.Ordinal))
            .SelectMany(file => PromqlBlock().Matches(scaffold.Read(file)))
            .SelectMany(block => block.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        var (code, output) = await Promtool.ReadAsync(template.NewFolder(), expressions);

        Assert.NotEmpty(expressions);
        Assert.True(code == 0, output);
        Assert.NotEqual(0, (await Promtool.ReadAsync(template.NewFolder(), [.. expressions, "sum by (job) (rate(up[5m])"])).ExitCode);
    }

    private Task<Scaffold> ScaffoldAsync(bool withSample) => withSample ? template.PublicAsync : template.WithoutSampleAsync;

    private static IEnumerable<string> Paths(Scaffold scaffold, string folder) =>
        scaffold.Files.Where(file => file.StartsWith(folder, StringComparison.Ordinal)).Select(file => Path.Combine(scaffold.Directory, file));

    // Grafana's variables stand for what it puts in their place.
    private static IEnumerable<string> Expressions(JsonElement dashboard) => dashboard.GetProperty("panels").EnumerateArray()
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Select(target => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$job", ".*", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<operator>[<>]=?) \d[\d.]*( \* [\d.]+)?(?!\))", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Threshold();

    [GeneratedRegex(@"^```promql\n(?<lines>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PromqlBlock();
}
