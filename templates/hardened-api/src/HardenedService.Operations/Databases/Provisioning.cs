using Npgsql;

namespace HardenedService.Operations.Databases;

/// <summary>Sets up the roles and the database, once per server, by an administrator.</summary>
internal static class Provisioning
{
    /// <summary>The database's name, unless another is given.</summary>
    public const string DefaultDatabase = "hardened-service";

    internal const long LockKey = 7_305_118_094_226_001;

    /// <summary>Creates what is missing, corrects what differs, sets the passwords. May be run again, and twice at once.</summary>
    /// <exception cref="ProvisioningException">The administrator may not do this, or another run holds the lock for over 30 s.</exception>
    public static async Task ApplyAsync(
        string adminConnectionString, string database, RolePasswords passwords, CancellationToken cancel)
    {
        var admin = Unpooled(adminConnectionString);
        var secrets = Passwords(passwords);
        try
        {
            await using var server = await OpenAsync(admin, cancel);

            // Two runs that change the same role collide in the catalog. Closing the connection lets go.
            await ExecuteAsync(server, $"select pg_advisory_lock({LockKey})", cancel);
            await ExecuteAsync(server, ProvisioningSql.Roles + secrets, cancel);
            if (!await ExistsAsync(server, database, cancel))
            {
                await ExecuteAsync(server, ProvisioningSql.CreateDatabase(database), cancel);
            }

            await ExecuteAsync(server, ProvisioningSql.Access(database), cancel);

            admin.Database = database;
            await using var inside = await OpenAsync(admin, cancel);
            await ExecuteAsync(inside, ProvisioningSql.Privileges, cancel);
        }
        catch (PostgresException exception) when (Explain(exception) is { } message)
        {
            throw new ProvisioningException(message, exception);
        }
    }

    /// <summary>The same as a script for psql, for a person to run; it asks for the passwords.</summary>
    public static string Script(string database) => $"""
        -- Sets up the roles and the database of Hardened Service. May be run again at any time.
        -- Run it as an administrator, at a terminal: psql -X -d postgres -f provision.sql
        \set ON_ERROR_STOP on

        {ProvisioningSql.Roles}

        -- psql hashes the passwords before they travel, so that no log can hold them.
        \password {DatabaseRoles.Owner}
        select {ProvisioningSql.IsRotated} as rotated \gset
        \if :rotated
        \echo The password of {DatabaseRoles.App} was rotated, and stays as it is.
        \else
        \password {DatabaseRoles.App}
        \endif
        \password {DatabaseRoles.Operator}

        select {ProvisioningSql.Literal(ProvisioningSql.CreateDatabase(database))}
        where not exists (select from pg_database where datname = {ProvisioningSql.Literal(database)})
        \gexec

        {ProvisioningSql.Access(database)}

        \connect {ProvisioningSql.Identifier(database)}
        {ProvisioningSql.Privileges}
        """;

    private static string Passwords(RolePasswords passwords) => string.Concat(
        ProvisioningSql.Password(DatabaseRoles.Owner, ScramVerifier.Create(passwords.Owner)),
        ProvisioningSql.AppPassword(ScramVerifier.Create(passwords.App)),
        ProvisioningSql.Password(DatabaseRoles.Operator, ScramVerifier.Create(passwords.Operator)));

    /// <summary>In a line fit for the console; null for what no administrator is expected to run into.</summary>
    internal static string? Explain(PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable => "Another provisioning of this server is at work and does not finish; try again later.",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"The administrator's role may not do this ({exception.MessageText}). Use a superuser or, from PostgreSQL 16 "
                + "on, a role with CREATEROLE, CREATEDB, BYPASSRLS and REPLICATION.",
        _ => null,
    };

    // The administrator's own options come last, and win.
    internal static NpgsqlConnectionStringBuilder Unpooled(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 60 };
        builder.Options = $"-c lock_timeout=30s {builder.Options}";
        return builder;
    }

    internal static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder builder, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancel);
        return connection;
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection server, string database, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select 1 from pg_database where datname = $1", server);
        command.Parameters.AddWithValue(database);
        return await command.ExecuteScalarAsync(cancel) is not null;
    }
}
