using System.Collections.Frozen;
using System.Net;
using System.Threading.RateLimiting;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.RateLimiting;

/// <summary>Whose bucket it is: a person's, or a network's.</summary>
internal readonly record struct Caller(Guid User, IPNetwork Network)
{
    // Of a call that is open to everyone the network: else each session that an attacker brings along would be a new bucket.
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Session>() is { } session && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null
            ? Of(session)
            : Of(context.Connection);

    public static Caller Of(Session session) => new(session.UserId, default);

    public static Caller Of(ConnectionInfo connection) => new(Guid.Empty, connection.Network());
}

/// <summary>
/// The limits in the memory of this replica, each with a bucket for every caller. One that is full again is forgotten within seconds, so that callers
/// who come and go do not add up.
/// </summary>
internal sealed class CallerLimits(IOptions<RateLimitOptions> options, IEnumerable<RateLimitPolicy> policies) : IDisposable
{
    private readonly FrozenDictionary<string, PartitionedRateLimiter<Caller>> _policies = policies.ToFrozenDictionary(
        policy => policy.Name, policy => Limiter(options.Value.Policies.GetValueOrDefault(policy.Name, policy.Default)));

    public PartitionedRateLimiter<Caller> PerAddress { get; } = Limiter(options.Value.PerAddress);

    public PartitionedRateLimiter<Caller> PerUser { get; } = Limiter(options.Value.PerUser);

    public bool Knows(string policy) => _policies.ContainsKey(policy);

    public PartitionedRateLimiter<Caller> Of(string policy) => _policies[policy];

    public void Dispose()
    {
        PerAddress.Dispose();
        PerUser.Dispose();

        foreach (var limiter in _policies.Values)
        {
            limiter.Dispose();
        }
    }

    // The limiter refills all its buckets by one timer.
    private static PartitionedRateLimiter<Caller> Limiter(RateLimit limit)
    {
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / limit.PerMinute,
            AutoReplenishment = false,
        };
        Func<Caller, RateLimiter> buckets = _ => new TokenBucketRateLimiter(bucket);

        return PartitionedRateLimiter.Create<Caller, Caller>(caller => RateLimitPartition.Get(caller, buckets));
    }
}
