using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;

namespace HardenedService.Platform.Telemetry;

/// <summary>Traces, metrics and logs by OTLP when the standard <c>OTEL_</c> variables name an endpoint.</summary>
internal static class TelemetryExtensions
{
    private static readonly string[] Endpoints =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    ];

    // The runtime's own instrumentation: no package stands between it and us.
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Diagnostics",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.AddLogs();

        // Otherwise the server span comes without its http.* and url.* attributes, which used to be a package's work.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        if (!Array.Exists(Endpoints, endpoint => !string.IsNullOrEmpty(builder.Configuration[endpoint])))
        {
            return;
        }

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? "hardened-service",
                serviceVersion: VersionOf(builder.Environment.ApplicationName)))
            .WithTracing(traces => traces.AddSource(Sources))
            .WithMetrics(metrics => metrics.AddMeter(Meters))
            .WithLogging()
            .UseOtlpExporter();
    }

    private static string? VersionOf(string assembly) =>
        Assembly.Load(assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
