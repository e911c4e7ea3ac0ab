using Npgsql;

namespace HardenedService.Tests.Migrations;

internal sealed record DatabaseColumn(string Table, string Name, string Type, bool Nullable, bool FilledIn);

internal sealed record DatabaseIndex(string Table, bool Primary, string[] Columns, string Filter);

internal sealed record DatabaseForeignKey(string Table, string[] Columns, string Principal, string[] PrincipalColumns, char OnDelete);

internal sealed record DatabaseCheck(string Table, string Definition);

/// <summary>What the catalog says; tables go by <c>schema.name</c>.</summary>
internal sealed record DatabaseSchema(
    IReadOnlyList<DatabaseColumn> Columns,
    IReadOnlyList<DatabaseIndex> UniqueIndexes,
    IReadOnlyList<DatabaseForeignKey> ForeignKeys,
    IReadOnlyList<DatabaseCheck> Checks)
{
    public static async Task<DatabaseSchema> ReadAsync(NpgsqlConnection connection) => new(
        await ColumnsAsync(connection),
        await UniqueIndexesAsync(connection),
        await ForeignKeysAsync(connection),
        await ChecksAsync(connection));

    private static Task<IReadOnlyList<DatabaseColumn>> ColumnsAsync(NpgsqlConnection connection) => ReadAsync(
        connection,
        """
        select
          format('%s.%s', relnamespace::regnamespace, relname),
          attname,
          format_type(atttypid, atttypmod),
          not attnotnull,
          atthasdef or attidentity <> ''
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        where relkind in ('r', 'p')
          and attnum > 0
          and not attisdropped
        """,
        row => new DatabaseColumn(row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetBoolean(4)));

    private static Task<IReadOnlyList<DatabaseIndex>> UniqueIndexesAsync(NpgsqlConnection connection) => ReadAsync(
        connection,
        """
        select
          format('%s.%s', relnamespace::regnamespace, relname),
          indisprimary,
          array(
            select attname::text
            from unnest(indkey) with ordinality as key (number, place)
            join pg_attribute on attrelid = indrelid and attnum = number
            order by place),
          coalesce(pg_get_expr(indpred, indrelid), '')
        from pg_index
        join pg_class on pg_class.oid = indrelid
        where indisunique
          and indisvalid
          and indexprs is null
        """,
        row => new DatabaseIndex(row.GetString(0), row.GetBoolean(1), row.GetFieldValue<string[]>(2), row.GetString(3)));

    private static Task<IReadOnlyList<DatabaseForeignKey>> ForeignKeysAsync(NpgsqlConnection connection) => ReadAsync(
        connection,
        """
        select
          format('%s.%s', child.relnamespace::regnamespace, child.relname),
          array(
            select attname::text
            from unnest(conkey) with ordinality as key (number, place)
            join pg_attribute on attrelid = conrelid and attnum = number
            order by place),
          format('%s.%s', parent.relnamespace::regnamespace, parent.relname),
          array(
            select attname::text
            from unnest(confkey) with ordinality as key (number, place)
            join pg_attribute on attrelid = confrelid and attnum = number
            order by place),
          confdeltype
        from pg_constraint
        join pg_class as child on child.oid = conrelid
        join pg_class as parent on parent.oid = confrelid
        where contype = 'f'
        """,
        row => new DatabaseForeignKey(
            row.GetString(0), row.GetFieldValue<string[]>(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.GetChar(4)));

    private static Task<IReadOnlyList<DatabaseCheck>> ChecksAsync(NpgsqlConnection connection) => ReadAsync(
        connection,
        """
        select
          format('%s.%s', relnamespace::regnamespace, relname),
          pg_get_constraintdef(pg_constraint.oid)
        from pg_constraint
        join pg_class on pg_class.oid = conrelid
        where contype = 'c'
        """,
        row => new DatabaseCheck(row.GetString(0), row.GetString(1)));

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
