using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.RateLimiting;

/// <summary>A limit with a name, and what it is unless the settings say otherwise.</summary>
internal sealed record RateLimitPolicy(string Name, RateLimit Default);

/// <summary>Limits of a feature's own, beside those that hold for every request.</summary>
public static class RateLimitPolicies
{
    /// <summary>
    /// Defines a limit that endpoints can name. It counts per person, or per address where nobody is signed in. The setting
    /// <c>RateLimits:Policies:&lt;name&gt;</c> replaces its default.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="name">The name.</param>
    /// <param name="burst">How many requests may come at once.</param>
    /// <param name="perMinute">How many requests a minute may come in the long run; 0.1 is six an hour.</param>
    public static void AddRateLimit(this WebApplicationBuilder builder, string name, int burst, double perMinute)
    {
        builder.Services.AddSingleton(new RateLimitPolicy(name, new RateLimit { Burst = burst, PerMinute = perMinute }));
        builder.AddOptionsEntry($"{RateLimitOptions.Section}:{nameof(RateLimitOptions.Policies)}", name);
    }

    /// <summary>
    /// Holds the call to a named limit as well as to those of every request: per address, and per person. A name that nobody defined
    /// stops the start.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="name">The limit's name.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireRateLimit<TBuilder>(this TBuilder endpoints, string name)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireRateLimiting(name).Answers(Problems.RateLimited);
}
