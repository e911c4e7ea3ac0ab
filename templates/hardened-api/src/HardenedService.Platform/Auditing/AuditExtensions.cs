using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Auditing;

/// <summary>The audit trail's place in the application.</summary>
internal static class AuditExtensions
{
    public static void AddAuditing(this WebApplicationBuilder builder)
    {
        builder.AddOptions<AuditOptions>(AuditOptions.Section);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<AuditTrail>();
        builder.Services.AddWorker<AuditSealer>();

        // Without a lock on the rows, for which PostgreSQL wants the right to update them: a second replica waits for the first.
        builder.AddSweep(services => new Sweep(
            "audit_details",
            """
            delete from audit.details
            where record_id = any (array(
              select record_id
              from audit.details
              where recorded_at <= now() - $2
              limit $1
            ))
            """,
            services.GetRequiredService<IOptions<AuditOptions>>().Value.KeepDetails));
    }
}
