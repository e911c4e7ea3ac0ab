using System.Diagnostics;
using System.Reflection;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HardenedService.Platform.Telemetry;

/// <summary>Traces, metrics and logs by OTLP when the standard <c>OTEL_</c> variables name an endpoint.</summary>
internal static class TelemetryExtensions
{
    // The runtime's own instrumentation: no package stands between it and us.
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", ServiceTraces.Name];

    private const string EventLimit = "OTEL_SPAN_EVENT_COUNT_LIMIT";

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Diagnostics",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
        ServiceMeter.Name,
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.AddOptions<TelemetryOptions>(TelemetryOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TelemetryDrops>();
        builder.Services.AddSingleton<TelemetryShutdown>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TelemetryShutdown>());
        builder.AddLogs();
        builder.Services.AddSingleton<DistributedContextPropagator, IncomingTraceContext>();

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            NameIn(builder.Configuration) ?? "hardened-service",
            serviceVersion: VersionOf(builder.Environment.ApplicationName)));

        if (HasEndpoint("TRACES"))
        {
            // Events on spans are exceptions with their text, of whatever library. They stand in the log.
            builder.Configuration[EventLimit] ??= "0";
            telemetry.WithTracing(traces => traces.AddSource(Sources).AddProcessor(new SpanAttributes()).AddBoundedOtlpExporter(builder.Configuration));
        }

        builder.Services.AddHostedService<Vitals>();
        builder.Services.AddSingleton<PrometheusReader>();
        telemetry.WithMetrics(metrics => metrics
            .AddMeter(Meters)
            .AddStreams()
            .AddReader(services => services.GetRequiredService<PrometheusReader>()));

        if (HasEndpoint("METRICS"))
        {
            telemetry.WithMetrics(metrics => metrics.AddBoundedOtlpExporter(builder.Configuration));
        }

        if (HasEndpoint("LOGS"))
        {
            telemetry.WithLogging(logs => logs.AddBoundedOtlpExporter(builder.Configuration), options => options.IncludeFormattedMessage = true);
        }

        bool HasEndpoint(string signal) =>
            !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
                || !string.IsNullOrEmpty(builder.Configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
    }

    /// <summary>The outermost part of the pipeline: it sees every answer as the client does.</summary>
    public static void UseRequestRecord(this WebApplication app) => app.UseMiddleware<RequestRecord>();

    // The standard's own order: OTEL_SERVICE_NAME, then service.name among OTEL_RESOURCE_ATTRIBUTES. An empty variable counts as none.
    private static string? NameIn(ConfigurationManager configuration) =>
        configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name
            ? name
            : configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Split(',')
                .Select(attribute => attribute.Split('=', 2))
                .Where(pair => pair is ["service.name", _])
                .Select(pair => Uri.UnescapeDataString(pair[1]))
                .FirstOrDefault();

    private static string? VersionOf(string assembly) =>
        Assembly.Load(assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
