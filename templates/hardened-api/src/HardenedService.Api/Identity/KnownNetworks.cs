using System.Net;
using Npgsql;

namespace HardenedService.Api.Identity;

/// <summary>The networks that people sign in from: an IPv4 address or an IPv6 /64 each.</summary>
internal sealed class KnownNetworks(NpgsqlConnection connection, NpgsqlDataSource database)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(30);

    // How exactly the last use is noted: a sign-in a little later writes nothing.
    private static readonly TimeSpan NotedEvery = TimeSpan.FromDays(1);

    /// <summary>Whether the account of an address signed in from the network lately. One statement, whether there is such an account or not.</summary>
    public async Task<bool> IsKnownAsync(string normalizedEmail, IPNetwork network, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select exists (
              select
              from identity.accounts a
              join identity.known_networks n on n.account_id = a.id
              where a.normalized_email = $1
                and n.network = $2::cidr
                and n.last_used_at > now() - $3
            )
            """);
        command.Parameters.Add(new() { Value = normalizedEmail });
        command.Parameters.Add(new() { Value = network.ToString() });
        command.Parameters.Add(new() { Value = KnownFor + NotedEvery });

        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Notes a sign-in, in the transaction at hand.</summary>
    /// <returns>Whether the account has signed in before, and never from this network.</returns>
    public async Task<bool> RememberAsync(Guid accountId, IPNetwork network, CancellationToken cancel)
    {
        // The last line sees what there was before the others.
        await using var command = new NpgsqlCommand(
            """
            with added as (
              insert into identity.known_networks (account_id, network)
              values ($1, $2::cidr)
              on conflict on constraint known_networks_pkey do nothing
              returning network
            ), used as (
              update identity.known_networks
              set last_used_at = now()
              where account_id = $1
                and network = $2::cidr
                and last_used_at <= now() - $3
            )
            select exists (select from added) and exists (select from identity.known_networks where account_id = $1)
            """,
            connection);
        command.Parameters.Add(new() { Value = accountId });
        command.Parameters.Add(new() { Value = network.ToString() });
        command.Parameters.Add(new() { Value = NotedEvery });

        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }
}
