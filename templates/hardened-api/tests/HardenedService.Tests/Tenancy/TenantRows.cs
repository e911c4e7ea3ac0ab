using System.Text.Json;
using Npgsql;

namespace HardenedService.Tests.Tenancy;

/// <summary>
/// Whatever the database holds of a tenant, in any table: the rows that name the account or the organization, the rows that name an id of
/// these, and so on. Strangers have no such row in common.
/// </summary>
internal sealed class TenantRows
{
    /// <summary>Tables with a uuid of which no row is a tenant's, each with its reason.</summary>
    private static readonly Dictionary<string, string> Ownerless = new()
    {
        ["platform.evidence"] = "What the operator has done, which the API's role cannot read.",
        ["platform.outbox_messages"] = "What a message is about lies encrypted in it; nobody asks for one by its id.",
        ["audit.pending"] = "What waits to be sealed, which the API's role cannot read.",
        ["audit.seals"] = "The chain: hashes, which the API's role cannot read. It is everybody's.",
    };

    private readonly NpgsqlConnection _superuser;
    private readonly Dictionary<Guid, string> _ids;
    private IReadOnlyDictionary<string, string[]> _tables = new Dictionary<string, string[]>();

    private TenantRows(NpgsqlConnection superuser, Tenant tenant)
    {
        _superuser = superuser;
        _ids = new() { [tenant.UserId] = "identity.accounts.id", [tenant.OrganizationId] = "tenancy.organizations.id" };
    }

    /// <summary>Every id, and where it stands first.</summary>
    public IReadOnlyDictionary<Guid, string> Ids => _ids;

    /// <summary>Every text, such as an address or a name.</summary>
    public IReadOnlySet<string> Texts { get; private set; } = new HashSet<string>();

    /// <summary>Tables that could hold a row of the tenant, and hold none.</summary>
    public IReadOnlyList<string> EmptyTables { get; private set; } = [];

    public static async Task<TenantRows> OfAsync(NpgsqlConnection superuser, Tenant tenant)
    {
        var rows = new TenantRows(superuser, tenant);
        rows._tables = await TablesAsync(superuser);
        var found = await rows.ReadAsync();

        // What references what: until nothing new is found.
        for (var known = 0; known < rows._ids.Count; found = await rows.ReadAsync())
        {
            known = rows._ids.Count;

            foreach (var (table, row) in found)
            {
                foreach (var column in rows._tables[table])
                {
                    if (row.GetProperty(column).ValueKind == JsonValueKind.String)
                    {
                        rows._ids.TryAdd(row.GetProperty(column).GetGuid(), $"{table}.{column}");
                    }
                }
            }
        }

        rows.Texts = found.SelectMany(row => row.Row.EnumerateObject())
            .Where(value => value.Value.ValueKind == JsonValueKind.String)
            .Select(value => value.Value.GetString()!)
            .Where(text => !Guid.TryParse(text, out _))
            .ToHashSet();
        rows.EmptyTables = [.. rows._tables.Keys.Except(found.Select(row => row.Table))];

        return rows;
    }

    /// <summary>All rows as they are now, a line each, those included that were added since.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync()
    {
        var rows = await ReadAsync();

        return [.. rows.Select(row => $"{row.Table} {row.Row.GetRawText()}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Every table that has a uuid, with these columns, and can hold a row of a tenant.</summary>
    private static async Task<IReadOnlyDictionary<string, string[]>> TablesAsync(NpgsqlConnection superuser)
    {
        await using var command = new NpgsqlCommand(
            """
            select format('%s.%s', c.relnamespace::regnamespace, c.relname), array_agg(a.attname::text order by a.attnum)
            from pg_class c
            join pg_attribute a on a.attrelid = c.oid
            where c.relkind in ('r', 'p')
              and not c.relispartition
              and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
              and a.attnum > 0
              and not a.attisdropped
              and a.atttypid = 'uuid'::regtype
            group by 1
            """,
            superuser);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var tables = new Dictionary<string, string[]>();

        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            if (!Ownerless.ContainsKey(rows.GetString(0)))
            {
                tables.Add(rows.GetString(0), rows.GetFieldValue<string[]>(1));
            }
        }

        return tables;
    }

    private async Task<List<(string Table, JsonElement Row)>> ReadAsync()
    {
        var all = _tables.Select(table =>
            $"select '{table.Key}', to_jsonb(r)::text from {table.Key} r where {string.Join(" or ", table.Value.Select(column => $"{column} = any ($1)"))}");
        await using var command = new NpgsqlCommand(string.Join("\nunion all\n", all), _superuser) { Parameters = { new() { Value = _ids.Keys.ToArray() } } };
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var found = new List<(string, JsonElement)>();

        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            found.Add((rows.GetString(0), JsonElement.Parse(rows.GetString(1))));
        }

        return found;
    }
}
