using HardenedService.Platform.Security;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class SessionExpiry : IReadinessCheck
{
    // The longest that a team should choose without having thought about it; who has, writes down a gap.
    private static readonly SessionOptions Bounds = new()
    {
        CookieIdle = TimeSpan.FromHours(1),
        CookieLifetime = TimeSpan.FromHours(24),
        BearerIdle = TimeSpan.FromDays(30),
        BearerLifetime = TimeSpan.FromDays(90),
        FreshFor = TimeSpan.FromHours(1),
    };

    // The longest of those that can still be used, and how many have been over for more than a day without being swept.
    private const string Stored =
        """
        select
          kind.transport,
          coalesce(extract(epoch from max(s.idle_timeout) filter (where s.expires_at > now())), 0)::double precision,
          coalesce(extract(epoch from max(s.expires_at - s.created_at) filter (where s.expires_at > now())), 0)::double precision,
          count(s.id),
          count(*) filter (where s.expires_at < now() - interval '1 day')
        from unnest(array['cookie', 'bearer']) as kind (transport)
        left join identity.sessions s on s.transport = kind.transport
        group by kind.transport
        """;

    public Concern Concern { get; } = new("session-expiry", Tier.Must, "A session that was left behind ends")
    {
        Proves = $"A cookie session ends after {Words(Bounds.CookieIdle)} without use and after {Words(Bounds.CookieLifetime)} in any case, a bearer session after "
            + $"{Words(Bounds.BearerIdle)} and {Words(Bounds.BearerLifetime)} at most, as the settings say; no stored session outlives these, and those that are over are swept.",
        DoesNotProve = "That the replicas run with the settings that are here; that these times are right for what the service guards.",
        How = "Reads the section Sessions as `config check` does, and compares the stored sessions with it. It is inconclusive where the API's settings are not.",
        Mend = "docs/configuration.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var options = context.ReadApi(environment: null).Configuration.GetSection(SessionOptions.Section).Get<SessionOptions>() ?? new();
        var stored = await context.QueryAsync(
            Stored,
            row => (Transport: row.GetString(0), Idle: TimeSpan.FromSeconds(row.GetDouble(1)), Lifetime: TimeSpan.FromSeconds(row.GetDouble(2)), Count: row.GetInt64(3), Over: row.GetInt64(4)),
            cancel);
        List<string> faults = [.. Long(options)];

        foreach (var (transport, idle, lifetime, _, over) in stored)
        {
            var (idleAllowed, lifetimeAllowed) = transport == "cookie" ? (options.CookieIdle, options.CookieLifetime) : (options.BearerIdle, options.BearerLifetime);

            if (idle > idleAllowed)
            {
                faults.Add($"a stored {transport} session lives {Words(idle)} without use, and the settings say {Words(idleAllowed)}: `users revoke-sessions --all` ends all of them");
            }

            if (lifetime > lifetimeAllowed)
            {
                faults.Add($"a stored {transport} session lives {Words(lifetime)}, and the settings say {Words(lifetimeAllowed)}: `users revoke-sessions --all` ends all of them");
            }

            if (over > 0)
            {
                faults.Add($"{Counted.Of(over, $"{transport} session has", $"{transport} sessions have")} been over for more than a day, and nobody swept them");
            }
        }

        return Finding.Of(
            faults,
            $"cookie {Words(options.CookieIdle)} and {Words(options.CookieLifetime)}, bearer {Words(options.BearerIdle)} and {Words(options.BearerLifetime)}; "
                + $"{Counted.Of(stored.Sum(kind => kind.Count), "is", "are")} stored, and none outlives that");
    }

    private static IEnumerable<string> Long(SessionOptions options) =>
        from setting in new (string Name, TimeSpan Set, TimeSpan Most)[]
        {
            (nameof(options.CookieIdle), options.CookieIdle, Bounds.CookieIdle),
            (nameof(options.CookieLifetime), options.CookieLifetime, Bounds.CookieLifetime),
            (nameof(options.BearerIdle), options.BearerIdle, Bounds.BearerIdle),
            (nameof(options.BearerLifetime), options.BearerLifetime, Bounds.BearerLifetime),
            (nameof(options.FreshFor), options.FreshFor, Bounds.FreshFor),
        }
        where setting.Set > setting.Most
        select $"{SessionOptions.Section}:{setting.Name} is {Words(setting.Set)}, more than {Words(setting.Most)}";

    private static string Words(TimeSpan time) =>
        time < TimeSpan.FromDays(1) ? FormattableString.Invariant($"{time:hh\\:mm\\:ss}") : Holding.Words(time);
}
