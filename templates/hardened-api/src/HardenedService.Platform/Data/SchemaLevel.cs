using System.Globalization;
using System.Reflection;
using HardenedService.Platform.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace HardenedService.Platform.Data;

/// <summary>The newest migration that this build was made with, and the newest that the database has seen.</summary>
internal sealed class SchemaLevel(IHostEnvironment environment, [FromKeyedServices(HealthExtensions.Pool)] NpgsqlDataSource database)
{
    /// <summary>Taken from the names of the migration scripts, which the API's project file writes into its assembly.</summary>
    public long Required { get; } = Assembly.Load(environment.ApplicationName)
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(metadata => metadata.Key == "Migrations")
        .SelectMany(metadata => metadata.Value!.Split(';'))
        .Select(script => long.Parse(script.AsSpan(1, script.IndexOf('_', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture))
        .Max();

    public async Task<long> CurrentAsync(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select coalesce(max(version), 0) from migrations.version_info");

        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
