using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Resources;

namespace HardenedService.Platform.Telemetry;

/// <summary>Traces, metrics and logs by OTLP when the standard <c>OTEL_</c> variables name an endpoint.</summary>
internal static class TelemetryExtensions
{
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
        ServiceMeter.Name,
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TelemetryDrops>();
        builder.Services.AddSingleton<TelemetryShutdown>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TelemetryShutdown>());
        builder.AddLogs();

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            NameIn(builder.Configuration) ?? "hardened-service",
            serviceVersion: VersionOf(builder.Environment.ApplicationName)));

        if (HasEndpoint("TRACES"))
        {
            // Otherwise the server span comes without its http.* and url.* attributes, which used to be a package's work.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            telemetry.WithTracing(traces => traces.AddSource(Sources).AddBoundedOtlpExporter(builder.Configuration));
        }

        if (HasEndpoint("METRICS"))
        {
            telemetry.WithMetrics(metrics => metrics.AddMeter(Meters).AddBoundedOtlpExporter(builder.Configuration));
        }

        if (HasEndpoint("LOGS"))
        {
            telemetry.WithLogging(logs => logs.AddBoundedOtlpExporter(builder.Configuration));
        }

        bool HasEndpoint(string signal) =>
            !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
                || !string.IsNullOrEmpty(builder.Configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
    }

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
