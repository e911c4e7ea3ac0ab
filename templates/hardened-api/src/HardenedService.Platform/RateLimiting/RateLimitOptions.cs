using System.ComponentModel.DataAnnotations;

namespace HardenedService.Platform.RateLimiting;

/// <summary>How often, as a bucket of tokens: each request takes one, and they are refilled evenly.</summary>
public sealed record RateLimit
{
    /// <summary>How many requests may come at once, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; init; }

    /// <summary>How many requests a minute may come in the long run, 0.001 to 6,000,000: 0.1 is six an hour.</summary>
    [Range(0.001, 6_000_000)]
    public double PerMinute { get; init; }
}

/// <summary>
/// How often one caller may call one replica. What must hold over all replicas is counted in the database instead. Section
/// <c>RateLimits</c>.
/// </summary>
public sealed record RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "RateLimits";

    /// <summary>All requests of one IPv4 address or one IPv6 /64, which can be a whole office. Default: 600 at once, 3000 a minute.</summary>
    public RateLimit PerAddress { get; init; } = new() { Burst = 600, PerMinute = 3000 };

    /// <summary>All requests of one person, in all their sessions. Default: 200 at once, 600 a minute.</summary>
    public RateLimit PerUser { get; init; } = new() { Burst = 200, PerMinute = 600 };

    /// <summary>In place of the defaults in code: the policies that endpoints name, by name. Default: none.</summary>
    public IReadOnlyDictionary<string, RateLimit> Policies { get; init; } = new Dictionary<string, RateLimit>();
}
