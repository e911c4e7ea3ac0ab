namespace HardenedService.Operations.Readiness.Checks;

internal sealed class ForeignKeys : IReadinessCheck
{
    // Columns that name another row by convention, without a constraint that holds them to it, or with one that was never validated, or whose triggers are off.
    private const string Loose =
        """
        select format('%s.%s.%s', n.nspname, c.relname, a.attname)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p')
          and n.nspname not in ('pg_catalog', 'information_schema')
          and a.attnum > 0
          and not a.attisdropped
          and a.atttypid = 'uuid'::regtype
          and (a.attname like '%\_id' or a.attname like '%\_by')
          and not exists (
            select
            from pg_constraint k
            where k.conrelid = c.oid
              and k.contype = 'f'
              and k.convalidated
              and a.attnum = any (k.conkey)
              and not exists (
                select
                from pg_trigger t
                where t.tgconstraint = k.oid
                  and t.tgenabled not in ('O', 'A')
              )
          )
        order by 1
        """;

    // Columns that may point at nothing, each with its reason. Whoever adds one says in the review why.
    private static readonly Dictionary<string, string> OnPurpose = new()
    {
        // The trail outlives what it tells of.
        ["audit.records.organization_id"] = "a record stays when its organization goes",
        ["audit.records.actor_id"] = "a record stays when whoever acted goes",
        ["audit.records.subject_id"] = "a record stays when what it is about goes, of whatever kind that is",
        ["audit.records.session_id"] = "a record stays when its session ends",
        ["audit.details.organization_id"] = "the details go with their record",

        ["platform.outbox_messages.locked_by"] = "names a replica, for which there is no table",
    };

    public Concern Concern { get; } = new("foreign-keys", Tier.Must, "No row points at nothing")
    {
        Proves = "Every column of the database in use that names another row has a foreign key that was validated and is in force; but for a few, each with its reason.",
        DoesNotProve = "That columns of other names, or ids inside of documents, point at something.",
        How = "Asks the catalogue of the database for columns of type uuid whose name ends in _id or _by. The exceptions are a list in ForeignKeys.cs.",
        Mend = "docs/migrations.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var loose = await context.QueryAsync(Loose, row => row.GetString(0), cancel);

        return Finding.Of(
            [.. loose.Where(column => !OnPurpose.ContainsKey(column)).Select(column => $"{column} has no validated foreign key that is in force")],
            FormattableString.Invariant($"every column that names a row has one, but for {loose.Count} on purpose"));
    }
}
