using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// The exporters as the standard's variables configure them, with their drops counted and their shutdown bounded. The SDK bounds its queues in
/// number; the length of what stands in them is bounded where the standard leaves it open.
/// </summary>
internal static class OtlpExport
{
    // The SDK's own defaults.
    private const int QueueSize = 2048;
    private const int BatchSize = 512;

    private const string ValueLimit = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";

    public static void AddBoundedOtlpExporter(this TracerProviderBuilder traces, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[ValueLimit]))
        {
            configuration[ValueLimit] = "4096";
        }

        traces.ConfigureServices(services => services
            .AddKeyedSingleton(TelemetryDrops.Traces, (provider, _) => BacklogOf(TelemetryDrops.Traces, "OTEL_BSP", provider))
            .AddOptions<OtlpExporterOptions>(TelemetryDrops.Traces)
            .Configure<IServiceProvider>((options, provider) => Use(options, TelemetryDrops.Traces, provider)));
        traces.AddProcessor(provider => new SpanEntry(provider.GetRequiredKeyedService<Backlog>(TelemetryDrops.Traces), provider.GetRequiredService<TelemetryShutdown>()));
        traces.AddOtlpExporter(TelemetryDrops.Traces, configure: null);
    }

    public static void AddBoundedOtlpExporter(this LoggerProviderBuilder logs, IConfiguration configuration)
    {
        logs.ConfigureServices(services => services
            .AddKeyedSingleton(TelemetryDrops.Logs, (provider, _) => BacklogOf(TelemetryDrops.Logs, "OTEL_BLRP", provider))
            .AddOptions<OtlpExporterOptions>(TelemetryDrops.Logs)
            .Configure<IServiceProvider>((options, provider) => Use(options, TelemetryDrops.Logs, provider)));
        logs.AddProcessor(provider => new LogEntry(provider.GetRequiredKeyedService<Backlog>(TelemetryDrops.Logs), provider.GetRequiredService<TelemetryShutdown>()));
        logs.AddOtlpExporter(TelemetryDrops.Logs, configureExporter: null);
    }

    public static void AddBoundedOtlpExporter(this MeterProviderBuilder metrics, IConfiguration configuration)
    {
        // There is no queue: what is not taken is measured anew.
        metrics.ConfigureServices(services => services
            .AddKeyedSingleton(TelemetryDrops.Metrics, (provider, _) => BacklogOf(TelemetryDrops.Metrics, "", provider))
            .AddOptions<OtlpExporterOptions>(TelemetryDrops.Metrics)
            .Configure<IServiceProvider>((options, provider) => Use(options, TelemetryDrops.Metrics, provider)));
        metrics.AddOtlpExporter(TelemetryDrops.Metrics, (Action<OtlpExporterOptions>?)null);
    }

    private static void Use(OtlpExporterOptions options, string signal, IServiceProvider provider) => OtlpDelivery.Use(
        options,
        provider.GetRequiredKeyedService<Backlog>(signal),
        provider.GetRequiredService<TelemetryShutdown>(),
        provider.GetRequiredService<IConfiguration>());

    private static Backlog BacklogOf(string signal, string variables, IServiceProvider provider)
    {
        var drops = provider.GetRequiredService<TelemetryDrops>();
        var configuration = provider.GetRequiredService<IConfiguration>();
        var batch = Number(configuration[$"{variables}_MAX_EXPORT_BATCH_SIZE"], BatchSize);

        // A batch that is being sent has left the queue.
        return new Backlog(
            count => drops.Dropped(TelemetryDrops.Otlp, signal, count),
            provider.GetRequiredService<TimeProvider>(),
            Number(configuration[$"{variables}_MAX_QUEUE_SIZE"], QueueSize) + batch,
            batch);
    }

    private static int Number(string? value, int otherwise) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
