using System.Diagnostics.Metrics;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HardenedService.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    private static readonly string Planted = $"planted.{Guid.NewGuid():N}";

    [Theory]
    [InlineData("app.outbox.oldest_age", "s", false, true, "app_outbox_oldest_age_seconds")]
    [InlineData("app.outbox.attempts", "{attempt}", true, false, "app_outbox_attempts_total")]
    [InlineData("dotnet.process.cpu.time", "s", true, false, "dotnet_process_cpu_time_seconds_total")]
    [InlineData("app.disk.free", "By", false, true, "app_disk_free_bytes")]
    [InlineData("time.in.seconds", "s", false, true, "time_in_seconds")]
    [InlineData("share", "1", false, true, "share_ratio")]
    [InlineData("9-lives.total", "{life}", true, false, "_9_lives_total")]
    public void Names_are_prometheus_own(string name, string unit, bool isCounter, bool isGauge, string expected) =>
        Assert.Equal(expected, PrometheusName.Of(name, unit, isCounter, isGauge));

    [Fact]
    public void Labels_and_descriptions_cannot_break_out_of_their_line()
    {
        var text = Scrape(meter => meter.CreateCounter<long>("odd", description: "two\nlines \\ \"quoted\"").Add(3, new KeyValuePair<string, object?>("a.b", "\"\\\n} 1\u202E")));

        Assert.Contains("# HELP odd_total two\\nlines \\\\ \"quoted\"\n", text, StringComparison.Ordinal);
        Assert.Contains("odd_total{a_b=\"\\\"\\\\\\n} 1\u202E\"} 3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_instrument_is_written()
    {
        var text = Scrape(meter =>
        {
            meter.CreateCounter<double>("fractions").Add(0.5);
            meter.CreateUpDownCounter<long>("inside").Add(-2);
            meter.CreateUpDownCounter<double>("inside.part").Add(-0.25);
            meter.CreateGauge<double>("level").Record(double.PositiveInfinity);
            meter.CreateObservableGauge("seen", () => 7L);
            meter.CreateHistogram("time", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5] }).Record(2);
        });

        string[] expected =
        [
            "# TYPE fractions_total counter", "fractions_total 0.5", "# TYPE inside gauge", "inside -2", "inside_part -0.25", "level +Inf", "seen 7",
            "# TYPE time_seconds histogram", "time_seconds_bucket{le=\"0.5\"} 0", "time_seconds_bucket{le=\"+Inf\"} 1", "time_seconds_sum 2", "time_seconds_count 1",
        ];
        Assert.All(expected, line => Assert.Contains($"{line}\n", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_label_that_is_not_bounded_after_all_does_not_take_the_memory()
    {
        var definition = MetricCatalogue.All.Single(metric => metric.Name == "sweep.rows");
        using var host = Infrastructure.ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none");
        var counter = host.Services.GetRequiredService<IMeterFactory>().Counter(definition);

        for (var i = 0; i < MetricDefinition.MaxLabelSets * 2; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("sweep", $"{(char)('a' + (i / 26 / 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i % 26))}"));
        }

        var lines = host.Services.GetRequiredService<PrometheusReader>().Scrape().Split('\n').Where(line => line.StartsWith("app_sweep_rows_total{", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, 2, MetricDefinition.MaxLabelSets + 1);
        Assert.Contains(lines, line => line.Contains("otel_metric_overflow=\"true\"", StringComparison.Ordinal));
    }

    private static string Scrape(Action<Meter> measure)
    {
        using var meter = new Meter(Planted);
        var reader = new PrometheusReader();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(Planted).AddReader(reader).Build();
        measure(meter);

        return reader.Scrape();
    }
}
