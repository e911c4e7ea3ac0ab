using System.Globalization;
using HardenedService.Operations.Migrations;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>The database that a backup is made of, or the restored one, as somebody who reads all of it.</summary>
internal sealed class LiveDatabase(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>Connects. A backup takes as long as it takes.</summary>
    public static async Task<LiveDatabase> OpenAsync(string connectionString, CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, KeepAlive = 30 };
        var connection = new NpgsqlConnection(settings.ConnectionString);

        try
        {
            await connection.OpenAsync(cancel);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        return new(connection);
    }

    public NpgsqlConnection Connection => connection;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    public async Task<object?> ScalarAsync(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Array.ForEach(values, value => command.Parameters.Add(new() { Value = value }));

        return await command.ExecuteScalarAsync(cancel);
    }

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancel) =>
        new((DateTime)(await ScalarAsync("select clock_timestamp()", cancel))!, TimeSpan.Zero);

    public async Task<long> MigrationLevelAsync(CancellationToken cancel) =>
        (await VersionTable.ReadAsync(connection, cancel)).Select(migration => migration.Version).LastOrDefault();

    /// <summary>
    /// How many rows each table has, as the transaction at hand sees them, and how many were ever inserted and deleted. Who locks a table for minutes, such
    /// as a migration, makes it fail.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, (long Rows, long Writes)>> CountAsync(CancellationToken cancel)
    {
        await ScalarAsync("select set_config('lock_timeout', '300s', false)", cancel);
        var tables = new List<(string Name, string Quoted)>();
        await using (var list = new NpgsqlCommand(
            """
            select n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname)
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r'
              and c.relpersistence = 'p'
              and n.nspname not in ('pg_catalog', 'information_schema')
            order by 1
            """,
            connection))
        await using (var rows = await list.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                tables.Add((rows.GetString(0), rows.GetString(1)));
            }
        }

        var counts = new SortedDictionary<string, (long, long)>(StringComparer.Ordinal);

        foreach (var (name, quoted) in tables)
        {
            await using var count = new NpgsqlCommand(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    select
                      (select count(*) from {quoted}),
                      coalesce((select n_tup_ins + n_tup_del from pg_stat_user_tables where relid = $1::regclass), 0)
                    """),
                connection);
            count.Parameters.Add(new() { Value = quoted });
            await using var row = await count.ExecuteReaderAsync(cancel);
            await row.ReadAsync(cancel);
            counts[name] = (row.GetInt64(0), row.GetInt64(1));
        }

        return counts;
    }
}
