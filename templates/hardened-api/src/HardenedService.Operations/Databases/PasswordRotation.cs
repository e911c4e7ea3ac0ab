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
    private const string Look =
        """
        select
          coalesce((select rolcanlogin from pg_roles where rolname = $1), false),
          count(*)::int,
          coalesce(string_agg(distinct host(client_addr), ', '), 'an address that is not shown')
        from pg_stat_activity
        where usename = $1
        """;

    /// <summary>Gives the password to the role that nobody uses.</summary>
    /// <returns>The role. Called again, the same.</returns>
    /// <exception cref="ProvisioningException">Another rotation is under way, or the password is no new one.</exception>
    public async Task<string> BeginAsync(CancellationToken cancel)
    {
        await using var admin = await LockAsync(cancel);
        var (app, alternate) = await LookAsync(admin, cancel);

        if (await CurrentAsync(admin, app, alternate, cancel) is { } begun)
        {
            var other = begun == app ? alternate : app;

            // Begun already, unless it is the one that serves.
            return alternate.LogsIn && (other.IsUsed || !begun.IsUsed)
                ? begun.Name
                : throw new ProvisioningException("Operations:AppPassword is the password that the API has already: end the rotation, or choose a new one.");
        }

        var next = (app.IsUsed, alternate.IsUsed) switch
        {
            (true, true) => throw new ProvisioningException(
                $"{app.Name} is in use ({app.Use}), and {alternate.Name} as well ({alternate.Use}): a rotation with another password is under way. End that first."),
            (false, true) => app.Name,

            // As after a restart: giving a password to the wrong one would lock replicas out.
            (false, false) when alternate.LogsIn => throw new ProvisioningException(
                $"Nobody is connected as {app.Name} or {alternate.Name}, so that it cannot be told which one the API is. Start a replica first."),
            _ => alternate.Name,
        };

        await ExecuteAsync(admin, ProvisioningSql.Enlist(next, ScramVerifier.Create(password)), cancel);

        return next;
    }

    /// <summary>Takes the other password away, once everybody is connected with this one.</summary>
    /// <returns>The role that was retired, and the one that is in use now.</returns>
    /// <exception cref="ProvisioningException">Nobody has the new password, or somebody uses the old one.</exception>
    public async Task<(string Old, string New)> EndAsync(CancellationToken cancel)
    {
        await using var admin = await LockAsync(cancel);
        var (app, alternate) = await LookAsync(admin, cancel);
        var current = await CurrentAsync(admin, app, alternate, cancel)
            ?? throw new ProvisioningException("Operations:AppPassword is not the password of one of the two roles: `rotate begin` makes it that.");
        var old = current == app ? alternate : app;

        if (old.IsUsed)
        {
            throw new ProvisioningException($"{old.Name} is still in use ({old.Use}): roll out replicas with {current.Name} first. Nothing was changed.");
        }

        // That nobody uses the old one means little while nobody is connected at all.
        if (!current.IsUsed)
        {
            throw new ProvisioningException($"Nobody is connected as {current.Name}: roll out replicas with it first. Nothing was changed.");
        }

        if (old.LogsIn)
        {
            await ExecuteAsync(admin, ProvisioningSql.Retire(old.Name), cancel);
        }

        // Who came between the look and the change stays connected, until they have to connect anew.
        return await LookAsync(admin, old.Name, cancel) is { IsUsed: true } late
            ? throw new ProvisioningException($"{old.Name} has no password any more, but somebody connected with it a moment before ({late.Use}): roll out replicas with {current.Name}.")
            : (old.Name, current.Name);
    }

    private async Task<NpgsqlConnection> LockAsync(CancellationToken cancel)
    {
        var admin = await Provisioning.OpenAsync(Provisioning.Unpooled(adminConnectionString), cancel);
        await ExecuteAsync(admin, $"select pg_advisory_lock({Provisioning.LockKey})", cancel);

        return admin;
    }

    private static async Task ExecuteAsync(NpgsqlConnection admin, string sql, CancellationToken cancel)
    {
        try
        {
            await Provisioning.ExecuteAsync(admin, sql, cancel);
        }
        catch (PostgresException exception) when (Provisioning.Explain(exception) is { } message)
        {
            throw new ProvisioningException(message, exception);
        }
    }

    /// <summary>The role whose password it is. Asked of the server, which alone may read what it stores of passwords.</summary>
    private async Task<RoleInUse?> CurrentAsync(NpgsqlConnection admin, RoleInUse app, RoleInUse alternate, CancellationToken cancel)
    {
        var accepting = new List<RoleInUse>();

        foreach (var role in new[] { app, alternate })
        {
            if (role.LogsIn && await AcceptsAsync(admin, role.Name, cancel))
            {
                accepting.Add(role);
            }
        }

        return accepting.Count > 1
            ? throw new ProvisioningException("Both roles log in with Operations:AppPassword: choose another one, and see whether pg_hba.conf asks for passwords at all.")
            : accepting.SingleOrDefault();
    }

    private async Task<bool> AcceptsAsync(NpgsqlConnection admin, string role, CancellationToken cancel)
    {
        var login = new NpgsqlConnectionStringBuilder(adminConnectionString) { Username = role, Password = password, Database = database, Pooling = false };

        try
        {
            int session;
            await using (var connection = await Provisioning.OpenAsync(login, cancel))
            {
                session = connection.ProcessID;
            }

            await LeavesAsync(admin, role, session, cancel);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            return false;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new ProvisioningException($"The server does not let {role} in from here, whatever the password: {exception.MessageText}", exception);
        }
    }

    // Who looks next, in this run or another, would take our own session for a replica's.
    private static async Task LeavesAsync(NpgsqlConnection admin, string role, int session, CancellationToken cancel)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        await using var command = new NpgsqlCommand("select exists (select from pg_stat_activity where usename = $1 and pid = $2)", admin)
        {
            Parameters = { new() { Value = role }, new() { Value = session } },
        };

        while (await command.ExecuteScalarAsync(cancel) is true)
        {
            await again.WaitForNextTickAsync(cancel);
        }
    }

    private static async Task<(RoleInUse App, RoleInUse Alternate)> LookAsync(NpgsqlConnection admin, CancellationToken cancel) =>
        (await LookAsync(admin, DatabaseRoles.App, cancel), await LookAsync(admin, DatabaseRoles.AlternateApp, cancel));

    private static async Task<RoleInUse> LookAsync(NpgsqlConnection admin, string role, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Look, admin) { Parameters = { new() { Value = role } } };
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        return new(role, row.GetBoolean(0), row.GetInt32(1), row.GetString(2));
    }

    /// <summary>One of the two, and how many are connected as it.</summary>
    private sealed record RoleInUse(string Name, bool LogsIn, int Connections, string Addresses)
    {
        public bool IsUsed => Connections > 0;

        public string Use => $"connections: {Connections}, from {Addresses}";
    }
}
