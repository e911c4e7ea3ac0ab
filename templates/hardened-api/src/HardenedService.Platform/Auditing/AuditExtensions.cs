using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.Security;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Auditing;

/// <summary>The audit trail in the application and on the route table.</summary>
public static class AuditExtensions
{
    /// <summary>
    /// The call is audited, its subject being the account of the session: for one that reads, in whose transaction nothing can be written. The
    /// record is there before a byte of the answer is sent. A call that writes has its handler write the record as well.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="action">What it is.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder IsAudited<TBuilder>(this TBuilder endpoints, AuditAction action)
        where TBuilder : IEndpointConventionBuilder
    {
        // Outermost, where the transaction has ended.
        endpoints.Add(endpoint => endpoint.FilterFactories.Insert(0, (_, next) => async context =>
        {
            var result = await next(context);
            var http = context.HttpContext;

            if (UnitOfWorkFilter.StatusOf(result, http.Response) < StatusCodes.Status400BadRequest)
            {
                await http.RequestServices.GetRequiredService<AuditTrail>().WriteAfterAsync(new(action, http.Features.Get<Session>()?.UserId));
            }

            return result;
        }));

        return endpoints;
    }

    internal static void AddAuditing(this WebApplicationBuilder builder)
    {
        builder.AddOptions<AuditOptions>(AuditOptions.Section);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<AuditMetrics>();
        builder.Services.AddScoped(services => new AuditTrail(
            services.GetRequiredService<NpgsqlConnection>(),
            services.GetRequiredService<UnitOfWork>(),
            services.GetRequiredService<NpgsqlDataSource>(),
            services.GetRequiredService<IHttpContextAccessor>(),
            services.GetRequiredService<AuditMetrics>()));
        builder.Services.AddWorker<AuditSealer>();
        builder.AddPersonalData<AuditData>();

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
