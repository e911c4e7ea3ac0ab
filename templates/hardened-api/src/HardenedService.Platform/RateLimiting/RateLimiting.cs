using System.Threading.RateLimiting;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Platform.RateLimiting;

/// <summary>
/// Limits in the memory of this replica: per address before anything is looked up, per person after. The framework's middleware is not used: it holds
/// a lease for as long as the request runs, though a token is spent and nothing is given back, and never ends its timers.
/// </summary>
internal static class RateLimiting
{
    public static void AddRateLimiting(this WebApplicationBuilder builder)
    {
        builder.AddOptions<RateLimitOptions>(RateLimitOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<RateLimitMetrics>();
        builder.Services.AddSingleton(services => new AttemptLimiter(
            services.GetRequiredService<NpgsqlDataSource>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<RateLimitMetrics>(),
            services.GetRequiredService<ILogger<AttemptLimiter>>()));
        builder.AddSweep(_ => Sweep.Ended("attempt_windows", "platform.attempt_windows", "ends_at"));
        builder.Services.AddSingleton<CallerLimits>();
    }

    /// <summary>Before authentication: a flood costs no look into the database.</summary>
    public static void UseAddressLimit(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<CallerLimits>();

        app.Use((context, next) =>
        {
            if (ManagementConnection.Carries(context))
            {
                return next(context);
            }

            var lease = limits.PerAddress.AttemptAcquire(Caller.Of(context.Connection));

            return lease.IsAcquired ? next(context) : RefuseAsync(context, lease, RateLimitMetrics.Address);
        });
    }

    /// <summary>After authentication: the limit per person, and the one that the endpoint names.</summary>
    public static void UseUserLimit(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<CallerLimits>();

        // Runs when the pipeline is built, before the listeners open: all endpoints are known, and none has been called.
        ((IApplicationBuilder)app).Use(next =>
        {
            DemandKnownPolicies(app.Services, limits);

            return context => Refusal(limits, context) is { } refused ? RefuseAsync(context, refused, RateLimitMetrics.Caller) : next(context);
        });
    }

    private static RateLimitLease? Refusal(CallerLimits limits, HttpContext context)
    {
        if (context.Features.Get<Session>() is { } session && limits.PerUser.AttemptAcquire(Caller.Of(session)) is { IsAcquired: false } refused)
        {
            return refused;
        }

        return PolicyOf(context.GetEndpoint()) is { } policy && !ManagementConnection.Carries(context)
            && limits.Of(policy).AttemptAcquire(Caller.Of(context)) is { IsAcquired: false } refusedByPolicy
            ? refusedByPolicy
            : null;
    }

    private static string? PolicyOf(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName;

    private static Task RefuseAsync(HttpContext context, RateLimitLease lease, string limit)
    {
        context.RequestServices.GetRequiredService<RateLimitMetrics>().Refused(limit);
        Attempt.SetRetryAfter(context.Response, lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : TimeSpan.Zero);

        return Problems.RateLimited.Result().ExecuteAsync(context);
    }

    private static void DemandKnownPolicies(IServiceProvider services, CallerLimits limits)
    {
        foreach (var endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not { } limit)
            {
                continue;
            }

            // One that RequireRateLimiting was given as an object: the framework's middleware would apply it.
            if (limit.PolicyName is not { } name)
            {
                throw new InvalidOperationException(
                    $"{endpoint.DisplayName} limits its rate by an object, which nobody applies: call builder.AddRateLimit(…), and RequireRateLimit(…) with its name.");
            }

            if (!limits.Knows(name))
            {
                throw new InvalidOperationException(
                    $"{endpoint.DisplayName} names the rate limit \"{name}\", which nothing defines: call builder.AddRateLimit(\"{name}\", …).");
            }
        }
    }
}
