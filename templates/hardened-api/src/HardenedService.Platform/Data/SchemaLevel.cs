using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using HardenedService.Platform.Health;
using HardenedService.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>The newest migration that this build was made with, and the newest that the database has seen.</summary>
internal sealed class SchemaLevel
{
    private static readonly MetricDefinition RequiredVersion = new(
        MetricKind.Gauge, "schema.required", "{version}", "The newest migration that this build was made with.");

    private static readonly MetricDefinition CurrentVersion = new(
        MetricKind.Gauge, "schema.current", "{version}", "The newest migration that the database has seen, as of the last look at readiness.");

    private readonly NpgsqlDataSource _database;
    private readonly Gauge<long> _current;

    public SchemaLevel(IHostEnvironment environment, [FromKeyedServices(HealthExtensions.Pool)] NpgsqlDataSource database, IMeterFactory meters)
    {
        _database = database;
        _current = meters.Gauge(CurrentVersion);
        Required = RequiredBy(environment.ApplicationName);
        meters.Gauge(RequiredVersion, () => [new(Required)]);
    }

    public long Required { get; }

    public async Task<long> CurrentAsync(CancellationToken cancel)
    {
        await using var command = _database.CreateCommand("select coalesce(max(version), 0) from migrations.version_info");
        var current = (long)(await command.ExecuteScalarAsync(cancel))!;
        _current.Record(current);

        return current;
    }

    // The names of the migration scripts, which the API's project file writes into its assembly.
    private static long RequiredBy(string application) => Assembly.Load(application)
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(metadata => metadata.Key == "Migrations")
        .SelectMany(metadata => metadata.Value!.Split(';'))
        .Select(script => long.Parse(script.AsSpan(1, script.IndexOf('_', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture))
        .Max();
}
