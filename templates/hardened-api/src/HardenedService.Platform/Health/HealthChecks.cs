using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Privacy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace HardenedService.Platform.Health;

/// <summary>Not ready while the database does not answer.</summary>
internal sealed class DatabaseCheck([FromKeyedServices(HealthExtensions.Pool)] NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var command = database.CreateCommand("select 1");
        await command.ExecuteScalarAsync(cancellationToken);

        return HealthCheckResult.Healthy();
    }
}

/// <summary>Not ready on a schema older than this build was made for. A newer one is fine: the next release migrates first.</summary>
internal sealed class SchemaCheck(SchemaLevel schema) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var current = await schema.CurrentAsync(cancellationToken);

        return current >= schema.Required
            ? HealthCheckResult.Healthy($"schema at {current}")
            : HealthCheckResult.Unhealthy($"schema at {current}, this build needs {schema.Required}: migrate first");
    }
}

/// <summary>A worker that cannot read the outbox delays mail, which is no reason to turn requests away: degraded, not unhealthy.</summary>
internal sealed class OutboxCheck(WorkerPasses passes) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(passes.AgeOf(nameof(OutboxWorker)) < Limit
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("the outbox has not been read for two minutes"));
}

/// <summary>Not ready while people are there who were erased, and whom a restored backup has brought back.</summary>
internal sealed class ErasureCheck(RepeatedErasures erasures, [FromKeyedServices(HealthExtensions.Pool)] NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await erasures.IsCaughtUpAsync(database, cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("a restore has brought back accounts that were erased: they are being erased again");
}

/// <summary>A worker that hangs is not restarted, for it may be at its work still: degraded, and named.</summary>
internal sealed class WorkersCheck(WorkerPasses passes) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var hanging = string.Join(", ", passes.Longer(Limit).Order());

        return Task.FromResult(hanging.Length == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"at one pass for more than ten minutes: {hanging}"));
    }
}
