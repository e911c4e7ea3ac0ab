using HardenedService.Operations.Databases;
using Npgsql;

namespace HardenedService.Operations.Configuration;

/// <summary>How many connections the server takes, as the API's role sees it.</summary>
/// <param name="Most">max_connections.</param>
/// <param name="Reserved">How many of those are for superusers, and for roles that hold a reservation.</param>
/// <param name="RoleLimit">The role's own limit; -1 for none.</param>
/// <param name="DatabaseLimit">The database's own limit; -1 for none.</param>
/// <param name="Others">How many others have at this moment: in other databases, or in this one and none of the service's roles.</param>
/// <param name="StatementTimeout">What a statement may take on this connection; zero for any time.</param>
/// <param name="IsPooled">Whether a pooler is in between: the process that serves is not the one that the connection was told of.</param>
internal sealed record ServerRoom(int Most, int Reserved, int RoleLimit, int DatabaseLimit, int Others, TimeSpan StatementTimeout, bool IsPooled)
{
    // The server's own processes lack a user or a database, and take no connection's place.
    private const string Look =
        $"""
        select
          current_setting('max_connections')::int,
          current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0),
          (select rolconnlimit from pg_roles where rolname = current_user),
          (select datconnlimit from pg_database where datname = current_database()),
          (
            select count(*)::int
            from pg_stat_activity
            where datname is not null
              and usesysid is not null
              and (
                datname <> current_database()
                or usename not in ('{DatabaseRoles.Owner}', '{DatabaseRoles.App}', '{DatabaseRoles.AlternateApp}', '{DatabaseRoles.Operator}')
              )
          ),
          (select setting::int from pg_settings where name = 'statement_timeout'),
          pg_backend_pid()
        """;

    public int Available => Most - Reserved;

    /// <exception cref="NpgsqlException">The server is out of reach.</exception>
    public static async Task<ServerRoom> ReadAsync(string connectionString, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Look, connection);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);

        return new(
            row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4),
            TimeSpan.FromMilliseconds(row.GetInt32(5)), row.GetInt32(6) != connection.ProcessID);
    }
}
