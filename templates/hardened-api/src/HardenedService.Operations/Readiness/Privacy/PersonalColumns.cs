using Npgsql;

namespace HardenedService.Operations.Readiness.Privacy;

/// <summary>A column that names an account, by its id or its address.</summary>
/// <param name="Table">The table, quoted.</param>
/// <param name="Column">The column, quoted.</param>
/// <param name="IsAddress">Whether by its address.</param>
internal sealed record PersonalColumn(string Table, string Column, bool IsAddress);

/// <summary>Where the database in use names people. The audit trail's records are no part of it: they keep ids that lead to nobody.</summary>
internal static class PersonalColumns
{
    private const string Columns =
        """
        select
          format('%I.%I', n.nspname, c.relname),
          format('%I', a.attname),
          a.atttypid = 'text'::regtype
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a
          on a.attrelid = c.oid
          and a.attnum > 0
          and not a.attisdropped
        where c.relkind in ('r', 'p')
          and not c.relispartition
          and n.nspname not in ('pg_catalog', 'information_schema')
          and c.oid <> 'audit.records'::regclass
          and (
            (a.atttypid = 'text'::regtype and a.attname in ('email', 'normalized_email'))
            or (a.atttypid = 'uuid'::regtype and (c.oid, a.attname) = ('identity.accounts'::regclass, 'id'))
            or (a.atttypid = 'uuid'::regtype and (a.attname in ('account_id', 'user_id', 'actor_id', 'subject_id') or exists (
              select
              from pg_constraint f
              where f.conrelid = c.oid
                and f.contype = 'f'
                and f.confrelid = 'identity.accounts'::regclass
                and a.attnum = any (f.conkey)
            )))
          )
        order by 1, 2
        """;

    /// <summary>All of them.</summary>
    public static Task<IReadOnlyList<PersonalColumn>> ReadAsync(ReadinessContext context, CancellationToken cancel) =>
        context.QueryAsync(Columns, row => new PersonalColumn(row.GetString(0), row.GetString(1), row.GetBoolean(2)), cancel);

    /// <summary>Those that still name somebody.</summary>
    /// <exception cref="NpgsqlException">The database is out of reach.</exception>
    public static Task<IReadOnlyList<string>> LeftAsync(ReadinessContext context, IReadOnlyList<PersonalColumn> columns, Guid id, string email, CancellationToken cancel) =>
        context.QueryAsync(
            string.Join(
                " union all ",
                columns.Select(column =>
                    $"select {Databases.ProvisioningSql.Literal($"{column.Table}.{column.Column}")} where exists (select from {column.Table} where {(column.IsAddress
                        ? $"lower({column.Column}) = lower({Databases.ProvisioningSql.Literal(email)})"
                        : $"{column.Column} = '{id}'")})")),
            row => row.GetString(0),
            cancel);
}
