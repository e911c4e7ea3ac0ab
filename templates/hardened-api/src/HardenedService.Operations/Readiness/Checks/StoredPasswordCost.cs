using System.Buffers.Binary;
using HardenedService.Platform.Security;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class StoredPasswordCost : IReadinessCheck
{
    /// <summary>Nobody's hash may cost less, whether they have signed in lately or not: OWASP's figure for PBKDF2 with SHA-512.</summary>
    private const int LeastIterations = 210_000;

    private const byte Pbkdf2 = 1;
    private const uint Sha512 = 2;
    private const int Header = 9;

    // Identity's format 3 begins with a marker, the pseudo-random function and the iterations: 9 bytes, which are 12 characters of Base64. Whoever gave
    // their password should have a hash of today's cost a moment later; a day on, the cost may have been another.
    private const string Costs =
        """
        select
          left(a.password_hash, 12),
          count(*),
          count(*) filter (where exists (
            select
            from identity.sessions s
            where s.account_id = a.id
              and s.assurance in ('password', 'mfa')
              and s.authenticated_at between now() - interval '1 day' and now() - interval '10 minutes'
          ))
        from identity.accounts a
        where a.email_confirmed
        group by 1
        """;

    public Concern Concern { get; } = new("password-cost", Tier.Must, "Stolen hashes are expensive to guess")
    {
        Proves = FormattableString.Invariant($"Every stored password of a confirmed account is hashed by PBKDF2 with SHA-512 and {LeastIterations} iterations at least; and whoever ")
            + FormattableString.Invariant($"gave theirs within a day has a hash of today's cost, {PasswordCost.Iterations}. On the day after that was raised, this can be a false alarm."),
        DoesNotProve = "That the passwords themselves are good; anything of registrations that nobody has confirmed. Hashes between the two costs wait for their owner's next sign-in.",
        How = "Reads the first bytes of each hash, which tell its cost, and when its owner signed in.",
        Mend = "docs/threat-model.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var stored = (await context.QueryAsync(Costs, row => (Cost: Iterations(row.GetString(0)), Count: row.GetInt64(1), SignedIn: row.GetInt64(2)), cancel)).ToList();
        var (all, weaker) = (stored.Sum(cost => cost.Count), stored.Where(cost => cost.Cost is >= LeastIterations and < PasswordCost.Iterations).ToList());

        return Finding.Of(
            [
                .. stored.Where(cost => cost.Cost is null).Select(cost => $"{Having(cost.Count)} a hash of another kind"),
                .. stored.Where(cost => cost.Cost < LeastIterations).Select(cost => FormattableString.Invariant($"{Having(cost.Count)} a hash of {cost.Cost} iterations")),
                .. weaker.Where(cost => cost.SignedIn > 0).Select(cost =>
                    FormattableString.Invariant($"{Having(cost.SignedIn)} signed in within a day, still with a hash of {cost.Cost} iterations")),
            ],
            $"{Counted.Of(all, "account")}, of which {Counted.Of(weaker.Sum(cost => cost.Count), "waits", "wait")} for the next sign-in to get today's cost");
    }

    private static string Having(long count) => Counted.Of(count, "account has", "accounts have");

    private static int? Iterations(string start)
    {
        Span<byte> header = stackalloc byte[Header];

        return Convert.TryFromBase64String(start, header, out var length)
            && length == Header
            && header[0] == Pbkdf2
            && BinaryPrimitives.ReadUInt32BigEndian(header[1..]) == Sha512
            ? BinaryPrimitives.ReadInt32BigEndian(header[5..])
            : null;
    }
}
