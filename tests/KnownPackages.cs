namespace HardenedStarter.Tests;

/// <summary>The public variant's packages: known to restore, build and run together. A new one is a decision, taken here too.</summary>
internal static class KnownPackages
{
    public static IReadOnlyList<string> Public { get; } =
    [
        "FluentMigrator 8.0.1",
        "FluentMigrator.Runner.Core 8.0.1",
        "FluentMigrator.Runner.Postgres 8.0.1",
        "HdrHistogram 2.5.0",
        "Meziantou.Analyzer 3.0.320",
        "Microsoft.AspNetCore.Identity.EntityFrameworkCore 10.0.14",
        "Microsoft.AspNetCore.Mvc.Testing 10.0.14",
        "Microsoft.AspNetCore.OpenApi 10.0.15",
        "Microsoft.NET.Test.Sdk 18.11.0",
        "Npgsql 10.0.0",
        "Npgsql.EntityFrameworkCore.PostgreSQL 10.0.0",
        "OpenTelemetry 1.20.1",
        "OpenTelemetry.Exporter.OpenTelemetryProtocol 1.20.1",
        "OpenTelemetry.Extensions.Hosting 1.18.0",
        "Polly.Core 8.9.1",
        "Serilog 4.3.1",
        "Serilog.Extensions.Logging 10.0.0",
        "Serilog.Sinks.Seq 9.0.0",
        "Swashbuckle.AspNetCore.SwaggerUI 11.0.1",
        "System.CommandLine 3.0.0",
        "xunit.runner.visualstudio 4.0.1",
        "xunit.v3 3.2.2",
        "YamlDotNet 16.3.0",
    ];
}
