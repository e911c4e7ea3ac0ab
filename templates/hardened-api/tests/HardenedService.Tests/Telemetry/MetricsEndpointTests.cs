using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Telemetry;

public sealed partial class MetricsEndpointTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    [Wall("J3")]
    public async Task Metrics_are_not_on_the_public_port() =>
        await Problem.IsAsync(await api.Client.GetAsync("/metrics"), HttpStatusCode.NotFound, "not_found");

    [Fact]
    public async Task What_is_served_is_prometheus_text()
    {
        using var answer = await api.Api.Management.GetAsync("/metrics");
        var heads = new HashSet<string>();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", $"{answer.Content.Headers.ContentType}");

        foreach (var line in (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.True(heads.Add(line.Split(' ')[2]), line);
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                Assert.True(heads.Contains(sample.Groups["name"].Value) || heads.Contains(Series().Replace(sample.Groups["name"].Value, "")), line);
            }
        }
    }

    [Fact]
    public async Task Requests_show_with_their_route_and_probes_do_not_show()
    {
        await api.Client.GetAsync("/v1/account");
        await api.Api.Management.GetAsync("/health/ready");
        await api.Api.Management.GetAsync("/health/nothing");

        // A request is measured once its answer is out.
        await Eventually.HoldsAsync(async () => Account().IsMatch(await TextAsync()), "the request");
        var text = await TextAsync();
        Assert.DoesNotContain("/health", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/metrics", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_route_has_no_slash_at_its_end()
    {
        await api.Client.GetAsync("/v1/organizations");
        await Eventually.HoldsAsync(async () => (await TextAsync()).Contains("http_route=\"/v1/organizations", StringComparison.Ordinal), "the request");

        Assert.DoesNotContain("/\"", await TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buckets_add_up_to_the_count()
    {
        await api.Client.GetAsync("/v1/account");
        await Eventually.HoldsAsync(async () => Account().IsMatch(await TextAsync()), "the request");
        var samples = (await TextAsync()).Split('\n').Select(line => Sample().Match(line)).Where(sample => sample.Success).ToList();
        var buckets = samples.Where(sample => sample.Groups["name"].Value.EndsWith("_bucket", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(buckets);
        Assert.All(buckets.GroupBy(bucket => SeriesOf(Bound().Replace(bucket.Value, ""))), series =>
        {
            var counts = series.Select(bucket => long.Parse(bucket.Groups["value"].Value, CultureInfo.InvariantCulture)).ToList();
            var total = series.Key.Replace("_bucket", "_count", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal);

            Assert.Equal(counts.Order(), counts);
            Assert.Contains("le=\"+Inf\"", series.Last().Value, StringComparison.Ordinal);
            Assert.Contains(samples, sample => SeriesOf(sample.Value) == total && sample.Groups["value"].Value == $"{counts[^1]}");
        });
    }

    [Fact]
    public async Task What_the_service_measures_by_itself_is_there()
    {
        var owner = await api.NewOwnerAsync();
        using var account = await NotesFixture.SendAsync(api.Client, owner.Token, HttpMethod.Get, "/v1/account", content: null);
        await api.Api.Management.GetAsync("/health/ready");

        string[] expected =
        [
            "app_schema_required", "app_schema_current", "app_recovery_backup_age_seconds", "app_recovery_restore_age_seconds", "app_disk_free_bytes",
            "app_health_status", "app_worker_pass_age_seconds", "app_audit_head_age_seconds", "app_outbox_depth", "app_outbox_oldest_age_seconds",
            "app_outbox_parked", "app_session_lookups_total", "app_session_lookup_duration_seconds_bucket", "target_info", "dotnet_gc_collections_total", "kestrel_active_connections",
        ];

        foreach (var name in expected)
        {
            await Eventually.HoldsAsync(async () => $"\n{await TextAsync()}".Contains($"\n{name}", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public async Task Scrapes_at_once_each_get_an_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => TextAsync()));

        Assert.All(answers, answer => Assert.Contains("target_info{", answer, StringComparison.Ordinal));
    }

    // The value of a label may hold spaces.
    private static string SeriesOf(string sample) => sample[..sample.LastIndexOf(' ')];

    [GeneratedRegex("""http_server_request_duration_seconds_count\{[^}]*http_route="/v1/account"[^}]*\} [1-9]""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Account();

    private Task<string> TextAsync() => api.Api.Management.GetStringAsync("/metrics");

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*",?)*\})? (?<value>[-+]?([0-9.]+(E[-+]?[0-9]+)?|Inf|NaN))$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Series();

    [GeneratedRegex(""",?le="[^"]*"|(?<=\{),""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bound();
}
