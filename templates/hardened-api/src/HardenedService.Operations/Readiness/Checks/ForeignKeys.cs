namespace HardenedService.Operations.Readiness.Checks;

internal sealed class ForeignKeys : IReadinessCheck
{
    // Columns that name another row by convention, without a constraint that holds them to it, or with one that was never validated.
    private const string Loose =
        """
        select format('%s.%s.%s', n.nspname, c.relname, a.attname)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p')
          and n.nspname not in ('pg_catalog', 'information_schema', 'audit')
          and a.attnum > 0
          and not a.attisdropped
          and a.atttypid = 'uuid'::regtype
          and a.attname like '%\_id'
          and not exists (
            select
            from pg_constraint k
            where k.conrelid = c.oid
              and k.contype = 'f'
              and k.convalidated
              and a.attnum = any (k.conkey)
          )
        order by 1
        """;

    // Columns whose row may go while they stay, on purpose: none yet.
    private static readonly string[] OnPurpose = [];

    public Concern Concern { get; } = new("foreign-keys", Tier.Must, "No row points at nothing")
    {
        Proves = "Every column of the database in use that names another row has a foreign key, and it was validated.",
        DoesNotProve = "That columns of other names, or ids inside of documents, point at something. The audit trail is left out: it outlives what it tells of.",
        How = "Asks the catalogue of the database for columns of type uuid whose name ends in _id.",
        Mend = "docs/migrations.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var loose = (await context.QueryAsync(Loose, row => row.GetString(0), cancel)).Except(OnPurpose).ToList();

        return Finding.Of([.. loose.Select(column => $"{column} has no validated foreign key")], "every column that names a row has one");
    }
}
