namespace HardenedService.Operations.Recovery;

/// <summary>Notes backups and restores in the database, where the API reads them for its metrics.</summary>
internal static class RecoveryNotes
{
    private const string Upsert =
        """
        insert into platform.recoveries (kind, size, lost, took)
        values ($1, $2, $3, $4)
        on conflict (kind) do update
        set completed_at = now(),
            size = excluded.size,
            lost = excluded.lost,
            took = excluded.took
        """;

    private const string Lines =
        """
        select format(
          '%s  %s%s%s%s',
          rpad(kind, 7),
          coalesce(date_trunc('second', now() - completed_at) || ' ago', 'never'),
          '  ' || pg_size_pretty(size),
          '  RPO ' || date_trunc('second', lost),
          case kind when 'restore' then '  RTO ' || date_trunc('second', took) end)
        from unnest(array['backup', 'restore']) as wanted (kind)
        left join platform.recoveries using (kind)
        """;

    /// <summary>What is noted, line by line.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(string connectionString, CancellationToken cancel)
    {
        await using var database = await LiveDatabase.OpenAsync(connectionString, cancel);

        return (string[])(await database.ScalarAsync($"select array({Lines})", cancel))!;
    }

    /// <summary>Notes one.</summary>
    /// <param name="connectionString">The database in use, as the operator.</param>
    /// <param name="kind"><c>backup</c> or <c>restore</c>.</param>
    /// <param name="size">The size of the backup, or of the database that was restored, in bytes; null if it is not known.</param>
    /// <param name="lost">What a restore would have lost (RPO).</param>
    /// <param name="took">How long it took (RTO, of a restore).</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task WriteAsync(string connectionString, string kind, long? size, TimeSpan? lost, TimeSpan? took, CancellationToken cancel)
    {
        await using var database = await LiveDatabase.OpenAsync(connectionString, cancel);
        await using var command = new Npgsql.NpgsqlCommand(Upsert, database.Connection);
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = (object?)size ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = (object?)lost ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Interval });
        command.Parameters.Add(new() { Value = (object?)took ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Interval });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
