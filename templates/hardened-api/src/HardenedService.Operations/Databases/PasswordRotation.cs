using Npgsql;

namespace HardenedService.Operations.Databases;

/// <summary>
/// Changes the password of the API's role while replicas serve. A role has one password, and replicas do not learn of a new one at the same moment;
/// so there are two roles, and replicas move from one to the other.
/// </summary>
/// <param name="adminConnectionString">An administrator, who may change roles.</param>
/// <param name="database">The database that the API uses.</param>
/// <param name="password">The new password.</param>
internal sealed class PasswordRotation(string adminConnectionString, string database, string password)
{
    private const string Sessions =
        """
        select count(*)::int, coalesce(string_agg(distinct host(client_addr), ', '), 'this machine')
        from pg_stat_activity
        where usename = $1
        """;

    private static readonly string[] Roles = [DatabaseRoles.App, DatabaseRoles.AlternateApp];

    /// <summary>Gives the password to the role that nobody uses.</summary>
    /// <returns>The role. Called again, the same.</returns>
    /// <exception cref="ProvisioningException">Another rotation is under way.</exception>
    public async Task<string> BeginAsync(CancellationToken cancel)
    {
        await using var admin = await LockAsync(cancel);

        var isAlternate = await IsAlternateAsync(admin, cancel);

        if (await AcceptingAsync(cancel) is [var begun])
        {
            return isAlternate
                ? begun
                : throw new ProvisioningException("Operations:AppPassword is the password that the API has already: choose a new one.");
        }

        var next = isAlternate ? DatabaseRoles.App : DatabaseRoles.AlternateApp;

        if (await UsesAsync(admin, next, cancel) is { } use)
        {
            throw new ProvisioningException($"{next} is in use as well ({use}): a rotation with another password is under way. End that first.");
        }

        await Provisioning.ExecuteAsync(admin, ProvisioningSql.Enlist(next, ScramVerifier.Create(password)), cancel);

        return next;
    }

    /// <summary>Takes the old password away, once nobody is connected with it.</summary>
    /// <returns>The role that was retired, and the one that is in use now.</returns>
    /// <exception cref="ProvisioningException">Nobody has the new password, or somebody uses the old one.</exception>
    public async Task<(string Old, string New)> EndAsync(CancellationToken cancel)
    {
        await using var admin = await LockAsync(cancel);

        if (await AcceptingAsync(cancel) is not [var current])
        {
            throw new ProvisioningException("Operations:AppPassword is not the password of one of the two roles: `rotate begin` makes it that.");
        }

        var old = Roles.Single(role => role != current);

        if (await UsesAsync(admin, old, cancel) is { } use)
        {
            throw new ProvisioningException($"{old} is still in use ({use}): roll out replicas with {current} first. Nothing was changed.");
        }

        if (old == DatabaseRoles.App || await IsAlternateAsync(admin, cancel))
        {
            await Provisioning.ExecuteAsync(admin, ProvisioningSql.Retire(old), cancel);
        }

        return (old, current);
    }

    private async Task<NpgsqlConnection> LockAsync(CancellationToken cancel)
    {
        var admin = await Provisioning.OpenAsync(Provisioning.Unpooled(adminConnectionString), cancel);
        await Provisioning.ExecuteAsync(admin, $"select pg_advisory_lock({Provisioning.LockKey})", cancel);

        return admin;
    }

    // Asked of the server, which alone may read what it stores of passwords.
    private async Task<IReadOnlyList<string>> AcceptingAsync(CancellationToken cancel)
    {
        var accepting = new List<string>();

        foreach (var role in Roles)
        {
            try
            {
                var login = new NpgsqlConnectionStringBuilder(adminConnectionString) { Username = role, Password = password, Database = database, Pooling = false };
                await using var connection = await Provisioning.OpenAsync(login, cancel);
                accepting.Add(role);
            }
            catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                // Not the one.
            }
        }

        return accepting.Count == Roles.Length
            ? throw new ProvisioningException("Both roles log in with Operations:AppPassword: choose another one, and see whether pg_hba.conf asks for passwords at all.")
            : accepting;
    }

    private static async Task<bool> IsAlternateAsync(NpgsqlConnection admin, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select exists (select from pg_roles where rolname = '{DatabaseRoles.AlternateApp}' and rolcanlogin)", admin);

        return await command.ExecuteScalarAsync(cancel) is true;
    }

    private static async Task<string?> UsesAsync(NpgsqlConnection admin, string role, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sessions, admin) { Parameters = { new() { Value = role } } };
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        return row.GetInt32(0) == 0 ? null : $"connections: {row.GetInt32(0)}, from {row.GetString(1)}";
    }
}
