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
using Microsoft.Extensions.Options;

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
        builder.Services.AddSingleton<AttemptLimiter>();
        builder.AddSweep(_ => new Sweep(
            "attempt_windows",
            """
            delete from platform.attempt_windows
            where id = any (array(
              select id
              from platform.attempt_windows
              where ends_at <= now() - $2
              limit $1
              for update skip locked
            ))
            """));
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>, IEnumerable<RateLimitPolicy>>((limiter, options, policies) =>
        {
            limiter.OnRejected = RefuseAsync;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Caller>(
                context => context.Features.Get<Session>() is { } session ? Bucket(Caller.Of(session), options.Value.PerUser) : Unlimited);

            foreach (var policy in policies)
            {
                var limit = options.Value.Policies.GetValueOrDefault(policy.Name, policy.Default);
                limiter.AddPolicy(policy.Name, context => ManagementConnection.Carries(context) ? Unlimited : Bucket(Caller.Of(context), limit));
            }
        });
    }

    /// <summary>Before authentication: a flood costs no look into the database.</summary>
    public static void UseAddressLimit(this WebApplication app)
    {
        var limit = app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value.PerAddress;

        app.UseRateLimiter(new RateLimiterOptions
        {
            OnRejected = RefuseAsync,
            GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, Caller>(
                context => ManagementConnection.Carries(context) ? Unlimited : Bucket(Caller.Of(context.Connection), limit)),
        });
    }

    /// <summary>After authentication: the limit per person, and the one that the endpoint names.</summary>
    public static void UseUserLimit(this WebApplication app)
    {
        app.UseRateLimiter();

        // Runs when the pipeline is built, before the listeners open: all endpoints are known, and none has been called.
        ((IApplicationBuilder)app).Use(next =>
        {
            DemandKnownPolicies(app.Services);

            return next;
        });
    }

    private static RateLimitPartition<Caller> Unlimited => RateLimitPartition.GetNoLimiter(default(Caller));

    private static RateLimitPartition<Caller> Bucket(Caller caller, RateLimit limit) =>
        RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / limit.PerMinute,
        });

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancel)
    {
        var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : TimeSpan.Zero;
        Attempt.SetRetryAfter(context.HttpContext.Response, wait);

        await Problems.RateLimited.Result().ExecuteAsync(context.HttpContext);
    }

    private static void DemandKnownPolicies(IServiceProvider services)
    {
        var known = services.GetServices<RateLimitPolicy>().Select(policy => policy.Name).ToHashSet();

        foreach (var name in services.GetRequiredService<IOptions<RateLimitOptions>>().Value.Policies.Keys.Where(name => !known.Contains(name)))
        {
            throw new InvalidOperationException($"RateLimits:Policies:{name} is the limit of nothing; there are {string.Join(", ", known)}.");
        }

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
