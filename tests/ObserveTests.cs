using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

/// <summary>`--observe`: a real Prometheus beside the running service.</summary>
public sealed partial class ObserveTests(TemplateFixture template)
{
    private static readonly TimeSpan LongestScrape = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Prometheus_scrapes_the_service_evaluates_every_rule_and_ends_with_the_runner()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        var (folder, cancel) = (template.NewFolder(), TestContext.Current.CancellationToken);
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

        await using (var service = await RunningService.StartAsync(
            Repository.Template, Path.Combine(folder, "data"), cancel, configuration, settings: null, "--observe"))
        {
            var address = Address().Match(service.Output);
            Assert.True(address.Success, service.Output);
            using var prometheus = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address.Groups["address"].Value) };

            await BecomesAsync(() => UpAsync(prometheus, cancel), "up", cancel);
            await BecomesAsync(async () => (await RulesAsync(prometheus, cancel)).All(rule => rule.GetProperty("health").GetString() != "unknown"), "evaluated", cancel);
            var rules = await RulesAsync(prometheus, cancel);

            Assert.Equal(26, rules.Count(rule => rule.GetProperty("type").GetString() == "alerting"));
            Assert.All(rules, rule => Assert.Equal("ok", rule.GetProperty("health").GetString()));

            // The service alone is what is measured, and nothing is wrong with it.
            Assert.DoesNotContain(rules, rule => rule.TryGetProperty("state", out var state) && state.GetString() == "firing");
            Assert.Contains(Mentions.Of(folder), process => process.Contains("prometheus", StringComparison.Ordinal));
        }

        await Mentions.AssertNoneAsync(folder, LongestStop);
    }

    private static async Task<bool> UpAsync(HttpClient prometheus, CancellationToken cancel)
    {
        try
        {
            var answer = await prometheus.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/query?query=up", UriKind.Relative), cancel);

            return answer.GetProperty("data").GetProperty("result").EnumerateArray().Any(series => series.GetProperty("value")[1].GetString() == "1");
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }

    private static async Task<List<JsonElement>> RulesAsync(HttpClient prometheus, CancellationToken cancel)
    {
        var answer = await prometheus.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/rules", UriKind.Relative), cancel);

        return [.. answer.GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];
    }

    private static async Task BecomesAsync(Func<Task<bool>> condition, string what, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(LongestScrape);
        using var again = new PeriodicTimer(BetweenLooks);

        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"Waited in vain: {what}");
            await again.WaitForNextTickAsync(cancel);
        }
    }

    [GeneratedRegex(@"^Prometheus: (?<address>http://127\.0\.0\.1:\d+)/", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
