using System.Net.Mime;
using System.Text.Json;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HardenedService.Platform.Health;

/// <summary>Three questions that an orchestrator asks on the management port: does it run, may it get requests, has it started.</summary>
internal static class HealthExtensions
{
    private const string Ready = "ready";
    private const string Startup = "startup";

    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    public static void AddHealth(this WebApplicationBuilder builder) =>
        builder.Services.AddHealthChecks()
            .AddCheck<DrainingCheck>("draining", tags: [Ready])
            .AddCheck<DatabaseCheck>("database", tags: [Ready, Startup], timeout: CheckTimeout)
            .AddCheck<SchemaCheck>("schema", tags: [Ready, Startup], timeout: CheckTimeout)
            .AddCheck<OutboxCheck>("outbox", tags: [Ready]);

    public static void MapHealth(this WebApplication app)
    {
        // Alive asks for nothing but an answer: a dead database is no reason to be killed.
        app.MapCheck("/health/live", _ => false);
        app.MapCheck("/health/ready", check => check.Tags.Contains(Ready));
        app.MapCheck("/health/startup", check => check.Tags.Contains(Startup));
    }

    private static void MapCheck(this WebApplication app, string path, Func<HealthCheckRegistration, bool> predicate) =>
        app.MapHealthChecks(path, new HealthCheckOptions { Predicate = predicate, ResponseWriter = WriteAsync })
            .RequireManagementPort()
            .AllowAnonymous();

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        // Exceptions stay in the log.
        var body = new
        {
            status = NameOf(report.Status),
            checks = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = NameOf(entry.Value.Status), detail = entry.Value.Exception is null ? entry.Value.Description : null }),
        };

        return context.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Web, MediaTypeNames.Application.Json, context.RequestAborted);
    }

    private static string NameOf(HealthStatus status) => status.ToString().ToLowerInvariant();
}
