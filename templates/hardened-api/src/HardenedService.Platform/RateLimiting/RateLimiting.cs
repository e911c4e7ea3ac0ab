using System.Net;
using System.Threading.RateLimiting;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.RateLimiting;

/// <summary>
/// Limits in the memory of this replica: per address before anything is looked up, per person after. A bucket that is full again is
/// forgotten within seconds, so that callers who come and go do not add up.
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
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>, IEnumerable<RateLimitPolicy>>((limiter, options, policies) =>
        {
            var perUser = Buckets(options.Value.PerUser);
            limiter.OnRejected = (rejected, _) => new ValueTask(RefuseAsync(rejected.HttpContext, rejected.Lease, RateLimitMetrics.Caller));
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Caller>(
                context => context.Features.Get<Session>() is { } session ? RateLimitPartition.Get(Caller.Of(session), perUser) : Unlimited);

            foreach (var policy in policies)
            {
                var buckets = Buckets(options.Value.Policies.GetValueOrDefault(policy.Name, policy.Default));
                limiter.AddPolicy(
                    policy.Name, context => ManagementConnection.Carries(context) ? Unlimited : RateLimitPartition.Get(Caller.Of(context), buckets));
            }
        });
    }

    /// <summary>Before authentication: a flood costs no look into the database.</summary>
    public static void UseAddressLimit(this WebApplication app)
    {
        var buckets = Buckets(app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value.PerAddress);
        var limiter = PartitionedRateLimiter.Create<HttpContext, Caller>(context => RateLimitPartition.Get(Caller.Of(context.Connection), buckets));

        // Not UseRateLimiter, which holds each lease for as long as the request runs: a token is spent, and nothing is given back.
        app.Use((context, next) =>
        {
            if (ManagementConnection.Carries(context))
            {
                return next(context);
            }

            var lease = limiter.AttemptAcquire(context);

            return lease.IsAcquired ? next(context) : RefuseAsync(context, lease, RateLimitMetrics.Address);
        });
    }

    /// <summary>After authentication: the limit per person, and the one that the endpoint names.</summary>
    public static void UseUserLimit(this WebApplication app)
    {
        app.UseOnlyWhen(
            context => context.Features.Get<Session>() is not null || context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not null,
            limited => limited.UseRateLimiter());

        // Runs when the pipeline is built, before the listeners open: all endpoints are known, and none has been called.
        ((IApplicationBuilder)app).Use(next =>
        {
            DemandKnownPolicies(app.Services);

            return next;
        });
    }

    private static RateLimitPartition<Caller> Unlimited => RateLimitPartition.GetNoLimiter(default(Caller));

    // Made once for a limit, not for each request. The limiter that they belong to refills them, all by one timer.
    private static Func<Caller, RateLimiter> Buckets(RateLimit limit)
    {
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / limit.PerMinute,
            AutoReplenishment = false,
        };

        return _ => new TokenBucketRateLimiter(options);
    }

    private static Task RefuseAsync(HttpContext context, RateLimitLease lease, string limit)
    {
        context.RequestServices.GetRequiredService<RateLimitMetrics>().Refused(limit);
        Attempt.SetRetryAfter(context.Response, lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : TimeSpan.Zero);

        return Problems.RateLimited.Result().ExecuteAsync(context);
    }

    private static void DemandKnownPolicies(IServiceProvider services)
    {
        var known = services.GetServices<RateLimitPolicy>().Select(policy => policy.Name).ToHashSet();

        foreach (var endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName is { } name && !known.Contains(name))
            {
                throw new InvalidOperationException(
                    $"{endpoint.DisplayName} names the rate limit \"{name}\", which nothing defines: call builder.AddRateLimit(\"{name}\", …).");
            }
        }
    }

    /// <summary>Whose bucket it is: a person's, or a network's.</summary>
    private readonly record struct Caller(Guid User, IPNetwork Network)
    {
        // Of a call that is open to everyone the network: else each session that an attacker brings along would be a new bucket.
        public static Caller Of(HttpContext context) =>
            context.Features.Get<Session>() is { } session && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null
                ? Of(session)
                : Of(context.Connection);

        public static Caller Of(Session session) => new(session.UserId, default);

        public static Caller Of(ConnectionInfo connection) => new(Guid.Empty, connection.Network());
    }
}
