using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>The sessions in which the schema is changed.</summary>
internal static class MigratorSession
{
    /// <summary>How PostgreSQL knows them by.</summary>
    internal const string Name = "hardened-service migration";

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
            select pid, pg_terminate_backend(pid, 30000)
            from pg_stat_activity
            where datname = current_database()
              and usename = current_user
              and application_name = $1
            """,
            connection)
        {
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
