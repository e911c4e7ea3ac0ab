using System.Globalization;
using System.Text;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Telemetry;

public sealed class MetricCatalogueTests(MetricLabelWatch watch)
{
    private const string Heading = "## Our own\n";

    [Fact]
    public async Task The_documented_metrics_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "metrics.md", "the MetricDefinition fields", documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + Table());

    [Fact]
    public void Names_are_unique_and_in_the_form_of_the_conventions() => Assert.All(MetricCatalogue.All, metric =>
    {
        Assert.Matches("^[a-z]+(_[a-z]+)*([.][a-z]+(_[a-z]+)*)+$", metric.Name);
        Assert.Matches("^(s|By|[{][a-z]+[}])$", metric.Unit);
        Assert.EndsWith(".", metric.Description, StringComparison.Ordinal);
        Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Kind == MetricKind.Histogram && metric.Unit == "s");
        Assert.Single(MetricCatalogue.All, other => other.Name == metric.Name);
    });

    [Theory]
    [InlineData("app.idempotency.requests", "outcome", "stored", true)]
    [InlineData("app.idempotency.requests", "outcome", "018f3c7e-2b1a-7c3d-9e4f-5a6b7c8d9e0f", false)]
    [InlineData("app.idempotency.requests", "key", "stored", false)]
    [InlineData("app.sweep.rows", "sweep", "sessions", true)]
    [InlineData("app.sweep.rows", "sweep", "someone@example.org", false)]
    [InlineData("app.sweep.rows", "sweep", "192.0.2.7", false)]
    [InlineData("app.planted", "outcome", "stored", false)]
    public void Labels_that_are_not_bounded_are_found(string instrument, string label, string value, bool isFine) =>
        Assert.Equal(isFine, MetricCatalogue.FaultOf(instrument, [new(label, value)]) is null);

    [Fact]
    public void So_far_no_service_measured_under_another_label() => Assert.Empty(watch.Faults);

    private static string Table()
    {
        var table = new StringBuilder("\n| metric | in Prometheus | kind | unit | by | what it measures |\n| --- | --- | --- | --- | --- | --- |\n");

        foreach (var metric in MetricCatalogue.All)
        {
            table.Append(
                CultureInfo.InvariantCulture,
                $"| `{metric.FullName}` | `{NameOf(metric)}` | {KindOf(metric.Kind)} | {metric.Unit} | {string.Join("; ", metric.Labels.Select(LabelOf))} | {metric.Description} |\n");
        }

        return table.ToString();
    }

    private static string NameOf(MetricDefinition metric) =>
        PrometheusName.Of(metric.FullName, metric.Unit, metric.Kind == MetricKind.Counter, metric.Kind == MetricKind.Gauge);

    private static string KindOf(MetricKind kind) => kind == MetricKind.UpDownCounter ? "up-down counter" : $"{kind}".ToLowerInvariant();

    private static string LabelOf(MetricLabel label) =>
        $"`{label.Name}`: {label.Source ?? string.Join(", ", label.Values)}";
}
