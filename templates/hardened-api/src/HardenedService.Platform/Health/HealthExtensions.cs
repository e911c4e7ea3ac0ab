using System.Net.Mime;
using System.Text.Json;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Health;

/// <summary>Three questions that an orchestrator asks on the management port: does it run, may it get requests, has it started.</summary>
internal static class HealthExtensions
{
    /// <summary>The connections of the checks, apart from those of requests.</summary>
    public const string Pool = "health";

    /// <summary>How many they are: one for each check that asks the database again and again.</summary>
    public const int PoolSize = 2;

    public static void AddHealth(this WebApplicationBuilder builder)
    {
        builder.AddOptions<HealthOptions>(HealthOptions.Section);
        builder.Services.AddKeyedSingleton(Pool, (services, _) => DatabasePool.Build(
            services, Pool, PoolSize, services.GetRequiredService<IOptions<HealthOptions>>().Value.CheckTimeout));
        builder.Services.AddHealthChecks()
            .AddCheck<DatabaseCheck>("database", tags: [ServiceHealth.Ready, ServiceHealth.Startup])
            .AddCheck<SchemaCheck>("schema", tags: [ServiceHealth.Ready, ServiceHealth.Startup])
            .AddCheck<ErasureCheck>("erasures", tags: [ServiceHealth.Ready, ServiceHealth.Startup])
            .AddCheck<OutboxCheck>("outbox", tags: [ServiceHealth.Ready])
            .AddCheck<WorkersCheck>("workers", tags: [ServiceHealth.Ready]);
        builder.Services.AddOptions<HealthCheckServiceOptions>().PostConfigure<IOptions<HealthOptions>>((registered, options) =>
        {
            foreach (var check in registered.Registrations)
            {
                BoundedCheck.Bound(check, options.Value.CheckTimeout);
            }
        });

        // It logs every failure of every round. Ours logs the change.
        builder.Logging.AddFilter(typeof(HealthCheckService).Namespace, LogLevel.None);
        builder.Services.AddWorker<ServiceHealth>();
    }

    public static void MapHealth(this WebApplication app)
    {
        // Alive asks for nothing but an answer: a dead database is no reason to be killed.
        app.MapHealth("/health/live", context => WriteAsync(context, []));
        app.MapHealth("/health/ready", async context => await WriteAsync(context, await EntriesAsync(context, ServiceHealth.Ready)));
        app.MapHealth("/health/startup", async context => await WriteAsync(context, await EntriesAsync(context, ServiceHealth.Startup)));
    }

    private static void MapHealth(this WebApplication app, string path, RequestDelegate handler) =>
        app.MapGet(path, handler)
            .RequireManagementPort()
            .AllowAnonymous()
            .ExcludeFromDescription();

    private static async Task<List<KeyValuePair<string, HealthReportEntry>>> EntriesAsync(HttpContext context, string tag)
    {
        var report = await context.RequestServices.GetRequiredService<ServiceHealth>().ReportAsync(context.RequestAborted);

        return [.. report.Entries.Where(entry => entry.Value.Tags.Contains(tag))];
    }

    private static Task WriteAsync(HttpContext context, List<KeyValuePair<string, HealthReportEntry>> entries)
    {
        var status = entries.Select(entry => entry.Value.Status).DefaultIfEmpty(HealthStatus.Healthy).Min();

        // Exceptions stay in the log.
        var body = new
        {
            status = NameOf(status),
            checks = entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = NameOf(entry.Value.Status), detail = entry.Value.Exception is null ? entry.Value.Description : null }),
        };
        context.Response.StatusCode = status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.Headers.CacheControl = "no-store, no-cache";

        return context.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Web, MediaTypeNames.Application.Json, context.RequestAborted);
    }

    private static string NameOf(HealthStatus status) => status.ToString().ToLowerInvariant();
}
