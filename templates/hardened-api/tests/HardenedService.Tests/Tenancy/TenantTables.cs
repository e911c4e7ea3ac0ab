using HardenedService.Operations.Databases;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>What every table of tenants' rows must have, and what to do about one that has not.</summary>
internal static class TenantTables
{
    /// <summary>Tables that name an organization and stand behind no wall, each with its reason.</summary>
    private static readonly Dictionary<string, string> Exempt = new Dictionary<string, string>
    {
        ["identity.sessions"] = "Found by its token before anybody knows the organization; what it names is the person's own choice.",
        ["audit.records"] = "Some are of no organization, and their owner sees those; AuditWallTests look at its policies.",
        ["audit.details"] = "As audit.records, which they stand beside.",
    };

    // As PostgreSQL prints what tenancy.guard_rows writes.
    private const string Wall = "(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)";

    /// <summary>A line for each fault of each table that has a column organization_id, or rows of tenancy.organizations.</summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            select
              format('%s.%s', c.relnamespace::regnamespace, c.relname),
              c.relrowsecurity,
              c.relforcerowsecurity,
              coalesce(column_of.attnotnull, true),
              pg_get_expr(p.polqual, p.polrelid),
              p.polcmd = '*' and p.polpermissive and p.polroles = '{0}' and p.polwithcheck is null,
              pg_get_userbyid(c.relowner)::text
            from pg_class c
            left join pg_attribute column_of
              on column_of.attrelid = c.oid
              and column_of.attname = 'organization_id'
              and not column_of.attisdropped
            left join pg_policy p
              on p.polrelid = c.oid
              and p.polname = 'tenant'
            where c.relkind in ('r', 'p')
              and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
              and (column_of.attname is not null or c.oid = 'tenancy.organizations'::regclass)
            order by 1
            """,
            connection);
        await using var rows = await command.ExecuteReaderAsync();
        var faults = new List<string>();

        while (await rows.ReadAsync())
        {
            var table = rows.GetString(0);

            if (!Exempt.ContainsKey(table))
            {
                faults.AddRange(Faults(rows, table).Select(fault => $"{table} {fault}: put \"select tenancy.guard_rows('{table}');\" into its migration."));
            }
        }

        return faults;
    }

    private static IEnumerable<string> Faults(NpgsqlDataReader row, string table)
    {
        var wall = table == "tenancy.organizations" ? Wall.Replace("organization_id =", "id =", StringComparison.Ordinal) : Wall;

        if (!row.GetBoolean(1))
        {
            yield return "has no row-level security";
        }

        if (!row.GetBoolean(2))
        {
            yield return "does not force row-level security on its owner";
        }

        if (!row.GetBoolean(3))
        {
            yield return "has rows of no organization";
        }

        if (row.IsDBNull(4) || !string.Equals(row.GetString(4), wall, StringComparison.Ordinal) || !row.GetBoolean(5))
        {
            yield return "has no policy \"tenant\" for all commands and everyone that compares the organization, with the nullif";
        }

        if (row.GetString(6) == DatabaseRoles.App)
        {
            yield return "belongs to the role that the API runs as";
        }
    }
}
