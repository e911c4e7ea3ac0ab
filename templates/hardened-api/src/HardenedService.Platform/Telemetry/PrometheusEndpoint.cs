using System.Text;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HardenedService.Platform.Telemetry;

/// <summary><c>GET /metrics</c> on the management port, for a Prometheus that comes by.</summary>
internal static class PrometheusEndpoint
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void MapMetrics(this WebApplication app) =>
        app.MapGet("/metrics", (PrometheusReader reader) => Results.Text(reader.Scrape(), ContentType, Encoding.UTF8))
            .ExcludeFromDescription()
            .RequireManagementPort()
            .AllowAnonymous();
}

/// <summary>Collects whenever it is asked: between two scrapes it costs nothing.</summary>
internal sealed class PrometheusReader : BaseExportingMetricReader
{
    private readonly PrometheusExporter _exporter;
    private readonly Lock _gate = new();

    public PrometheusReader()
        : this(new PrometheusExporter())
    {
    }

    private PrometheusReader(PrometheusExporter exporter)
        : base(exporter) => _exporter = exporter;

    /// <summary>What is measured, as of now. Scrapes at once queue up.</summary>
    /// <exception cref="InvalidOperationException">Nothing could be collected.</exception>
    public string Scrape()
    {
        lock (_gate)
        {
            return _exporter.Collect!(Timeout.Infinite) ? _exporter.Text : throw new InvalidOperationException("The metrics could not be collected.");
        }
    }

    [ExportModes(ExportModes.Pull)]
    private sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
    {
        private PrometheusText? _format;

        public string Text { get; private set; } = "";

        // Set by the reader, which collects for nobody else.
        public Func<int, bool>? Collect { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            Text = (_format ??= new PrometheusText(ParentProvider.GetResource())).Render(batch);

            return ExportResult.Success;
        }
    }
}
