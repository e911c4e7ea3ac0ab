using HardenedService.Operations.Databases;

namespace HardenedService.Operations.Readiness.Checks;

/// <param name="roles">The roles that the API may run as.</param>
internal sealed class TenantWalls(params string[] roles) : IReadinessCheck
{
    // As PostgreSQL prints what tenancy.guard_rows writes. The table of organizations has its own id in the place of organization_id.
    private const string Wall = "organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid";

    /// <summary>Tables that name an organization and stand behind no wall, each with its reason. Whoever adds one says in the review why.</summary>
    private static readonly Dictionary<string, string> Exempt = new()
    {
        ["identity.sessions"] = "found by its token before anybody knows the organization; what it names is the person's own choice",
    };

    public TenantWalls()
        : this(DatabaseRoles.App, DatabaseRoles.AlternateApp)
    {
    }

    public Concern Concern { get; } = new("tenant-walls", Tier.Must, "No organization sees another's rows")
    {
        Proves = "In the database in use, every table of tenants' rows has row-level security that binds its owner too, a policy that compares the organization, and none that "
            + "lets the API's role past it; and that role is no superuser, owns nothing, and is a member of none that sees more. "
            + "Where a canary is named (Recovery:Canary): by a single id its session reads nothing that belongs to others.",
        DoesNotProve = "That the policies beside the one of the tenant let through only what they should, or that nobody writes what belongs to others: the tests call every "
            + "operation with another tenant's ids. Nor which role the replicas connect as; nor anything of views, lists and paths with several ids, or of rows that carry no organization_id.",
        How = "Asks the catalogue of the database. The canary signs in, asks every operation that reads by one id for a dozen ids of others, and signs out, which is audited. The evidence says whether it was tried.",
        Mend = "docs/tenancy.md",
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var tables = await context.QueryAsync(Tables, row => new Table(
            row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetBoolean(5)), cancel);
        var found = await context.QueryAsync(Roles, row => new Role(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3)), cancel);
        var walled = tables.Where(table => !Exempt.ContainsKey(table.Name)).ToList();
        List<string> faults = [.. found.SelectMany(Faults), .. walled.SelectMany(Faults)];

        if (found.Count == 0)
        {
            faults.Add($"there is no role {roles[0]}");
        }

        if (faults.Count > 0)
        {
            return Finding.Of(faults, "");
        }

        var crossing = await CanaryCrossing.RunAsync(context, cancel);

        return Finding.Of(crossing.Faults, $"{Counted.Of(walled.Count, "table")}, each behind its wall; {crossing.Summary}");
    }

    private static IEnumerable<string> Faults(Table table)
    {
        if (!table.IsSecured)
        {
            yield return $"{table.Name} has no row-level security";
        }

        if (!table.IsForced)
        {
            yield return $"{table.Name} does not force row-level security on its owner";
        }

        if (!table.HasWall)
        {
            yield return $"{table.Name} has no policy \"tenant\" that compares the organization";
        }

        if (table.Open is not null)
        {
            yield return $"{table.Name} has a policy that lets everything through: {table.Open}";
        }

        if (table.IsOfApi)
        {
            yield return $"{table.Name} belongs to the role that the API runs as";
        }
    }

    private static IEnumerable<string> Faults(Role role)
    {
        if (role.PassesWalls)
        {
            yield return $"the role {role.Name} is a superuser, or passes row-level security";
        }

        if (role.OwnsTables)
        {
            yield return $"the role {role.Name} owns tables";
        }

        if (role.IsMember)
        {
            yield return $"the role {role.Name} is a member of a role that sees more";
        }
    }

    private string Names => string.Join(", ", roles.Select(ProvisioningSql.Literal));

    // A policy is open if it asks for nothing that a transaction says of itself.
    private string Tables =>
        $"""
        select
          format('%s.%s', c.relnamespace::regnamespace, c.relname),
          c.relrowsecurity,
          c.relforcerowsecurity,
          exists (
            select
            from pg_policy p
            where p.polrelid = c.oid
              and p.polname = 'tenant'
              and p.polpermissive
              and pg_get_expr(p.polqual, p.polrelid) = case c.oid
                when 'tenancy.organizations'::regclass then {ProvisioningSql.Literal($"({Wall.Replace("organization_id =", "id =", StringComparison.Ordinal)})")}
                else {ProvisioningSql.Literal($"({Wall})")}
              end
          ),
          (
            select string_agg(p.polname, ', ' order by p.polname)
            from pg_policy p
            where p.polrelid = c.oid
              and p.polpermissive
              and (p.polroles = array[0::oid] or exists (
                select
                from pg_roles r
                cross join unnest(p.polroles) as meant (role)
                where r.rolname in ({Names})
                  and pg_has_role(r.oid, meant.role, 'member')
              ))
              and (
                pg_get_expr(p.polqual, p.polrelid) not like '%current_setting(''app.%'
                or pg_get_expr(p.polwithcheck, p.polrelid) not like '%current_setting(''app.%'
              )
          ),
          pg_get_userbyid(c.relowner) in ({Names})
        from pg_class c
        where c.relkind in ('r', 'p', 'm', 'f')
          and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
          and (c.oid = 'tenancy.organizations'::regclass or exists (
            select
            from pg_attribute a
            where a.attrelid = c.oid
              and a.attname = 'organization_id'
              and not a.attisdropped
          ))
        order by 1
        """;

    private string Roles =>
        $"""
        select
          r.rolname,
          r.rolsuper or r.rolbypassrls,
          exists (
            select
            from pg_class c
            where c.relowner = r.oid
              and c.relkind in ('r', 'p')
          ),
          exists (
            select
            from pg_roles other
            where other.oid <> r.oid
              and (other.rolsuper or other.rolbypassrls or other.rolname in ('{DatabaseRoles.Owner}', '{DatabaseRoles.Operator}'))
              and pg_has_role(r.oid, other.oid, 'member')
          )
        from pg_roles r
        where r.rolname in ({Names})
        order by 1
        """;

    private sealed record Table(string Name, bool IsSecured, bool IsForced, bool HasWall, string? Open, bool IsOfApi);

    private sealed record Role(string Name, bool PassesWalls, bool OwnsTables, bool IsMember);
}
