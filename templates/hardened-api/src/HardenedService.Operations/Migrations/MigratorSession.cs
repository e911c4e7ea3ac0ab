using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>The sessions in which the schema is changed.</summary>
internal static class MigratorSession
{
    /// <summary>How PostgreSQL knows them by.</summary>
    internal const string Name = "hardened-service migration";

    private const string Pooler =
        "The database does not keep to the limits of time that are asked of it, so that a migration could keep everyone waiting: there is a pooler between, which drops "
            + "them. Connect to PostgreSQL directly; nothing was changed.";

    // How soon PostgreSQL notices that the machine at the other end has vanished: after a minute, and not after two hours.
    private const string Keepalives = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

    /// <summary>
    /// Opens a session that reads, or keeps the turn. Unpooled, so that closing it gives up what it holds; kept alive, so that nothing between here and there
    /// cuts it off as idle.
    /// </summary>
    /// <exception cref="MigrationException">Something between here and PostgreSQL does not pass on what is asked of a session.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(string ownerConnectionString, TimeSpan lockTimeout, CancellationToken cancel)
    {
        var builder = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, KeepAlive = 30 };
        builder.Options = $"{builder.Options} -c lock_timeout={lockTimeout.TotalMilliseconds:0} {Keepalives}";
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel);
            await using var asked = new NpgsqlCommand("select setting::float8 from pg_settings where name = 'lock_timeout'", connection);
            return await asked.ExecuteScalarAsync(cancel) is double got && Math.Abs(got - lockTimeout.TotalMilliseconds) <= 1
                ? connection
                : throw new MigrationException(Pooler);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.ProtocolViolation)
        {
            await connection.DisposeAsync();
            throw new MigrationException(Pooler, exception);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>In UTC, for FluentMigrator notes the time without its zone. Unpooled, so that no connection of ours outlives the run.</summary>
    public static string ConnectionString(string ownerConnectionString, TimeSpan lockTimeout, TimeSpan statementTimeout)
    {
        var builder = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, Timezone = "UTC", ApplicationName = Name };
        builder.Options = $"{builder.Options} -c lock_timeout={lockTimeout.TotalMilliseconds:0} "
            + $"-c statement_timeout={statementTimeout.TotalMilliseconds:0}";
        return builder.ConnectionString;
    }

    /// <summary>
    /// Ends what a migrator that was killed has left running, for PostgreSQL goes on with a statement whose client is gone. Only who has the turn
    /// may call it: nobody else is at work then.
    /// </summary>
    /// <exception cref="MigrationException">It does not end.</exception>
    public static async Task EndLeftoversAsync(NpgsqlConnection connection, TextWriter output, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select pid, pg_terminate_backend(pid, 10000)
            from pg_stat_activity
            where datname = current_database()
              and usename = current_user
              and application_name = $1
            """,
            connection)
        {
            // PostgreSQL bounds it, for each of them.
            CommandTimeout = 0,
            Parameters = { new() { Value = Name } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var pid = reader.GetInt32(0);
            if (!reader.GetBoolean(1))
            {
                throw new MigrationException($"A migrator that is gone has left PostgreSQL's process {pid} at work, which does not end; nothing was changed.");
            }

            await output.WriteLineAsync($"Ended what a migrator that is gone has left running (process {pid} of PostgreSQL).");
        }
    }
}
