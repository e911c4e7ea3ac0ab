using HardenedService.Platform.Privacy;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Conformance;

/// <summary>Whose tables tell of people, and who answers for them.</summary>
internal static class PersonalTables
{
    /// <summary>Names that hold something of a person, whether they refer to an account or not.</summary>
    private static readonly string[] Names = ["account_id", "user_id", "actor_id", "subject_id", "email", "normalized_email", "ip", "user_agent"];

    /// <summary>Tables with rows that outlive their organization, each with its reason.</summary>
    private static readonly Dictionary<string, string> Kept = new()
    {
        ["audit.records"] = "The chain needs every record; an organization is an id there, and no more.",
        ["audit.details"] = "They go with the person that they tell of, or after their time.",
    };

    /// <summary>The parts that a host has.</summary>
    public static async Task<IReadOnlyCollection<IPersonalData>> PartsAsync(ApiHost host)
    {
        await using var scope = host.Services.CreateAsyncScope();

        return [.. scope.ServiceProvider.GetServices<IPersonalData>()];
    }

    /// <summary>A sentence for each table that nobody answers for, and for each answer that leads nowhere.</summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(NpgsqlConnection connection, IReadOnlyCollection<IPersonalData> parts)
    {
        var (tables, personal, orphans) = await ReadAsync(connection);
        var answers = parts.SelectMany(part => part.Tables.Select(table => (Part: part.GetType().Name, table.Name, table.Section))).ToList();

        return
        [
            .. personal.Where(table => answers.All(answer => answer.Name != table.Key)).Select(table =>
                $"{table.Key} tells of a person ({table.Value}), and nothing exports or erases it: name it among the Tables of an IPersonalData, and register that by builder.AddPersonalData<…>()."),
            .. orphans.Where(table => !Kept.ContainsKey(table)).Select(table =>
                $"{table} keeps its rows when their organization is deleted with its last member, or keeps it from being deleted: let organization_id refer to tenancy.organizations on delete cascade, or name the table in Kept and say why."),
            .. answers.Where(answer => !tables.Contains(answer.Name)).Select(answer =>
                $"{answer.Part} answers for {answer.Name}, which does not exist: mend the name, or take it out of its Tables."),
            .. answers.GroupBy(answer => answer.Name).Where(table => table.Count() > 1).Select(table =>
                $"{table.Key} is answered for by {string.Join(" and ", table.Select(answer => answer.Part))}: leave it to one of them."),
            .. answers.GroupBy(answer => answer.Section).Where(section => section.Count() > 1).Select(section =>
                $"The section {section.Key} of the export shows {string.Join(" and ", section.Select(answer => answer.Name))}: give each a section of its own."),
            .. parts.Count(part => part.IsAccount) == 1 ? [] : new[] { "Not one part is the account, to be erased last: say IsAccount on one." },
        ];
    }

    private static async Task<(HashSet<string> Tables, Dictionary<string, string> Personal, List<string> Orphans)> ReadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            select
              format('%s.%s', c.relnamespace::regnamespace, c.relname),
              string_agg(a.attname, ', ' order by a.attnum) filter (where a.attname = any ($1) or exists (
                select
                from pg_constraint f
                where f.conrelid = c.oid
                  and f.contype = 'f'
                  and f.confrelid = 'identity.accounts'::regclass
                  and a.attnum = any (f.conkey)
              )),
              bool_or(a.attname = 'organization_id') and not exists (
                select
                from pg_constraint f
                join pg_attribute k
                  on k.attrelid = c.oid
                  and k.attnum = any (f.conkey)
                where f.conrelid = c.oid
                  and f.contype = 'f'
                  and f.confdeltype in ('c', 'n')
                  and k.attname = 'organization_id'
              )
            from pg_class c
            join pg_attribute a
              on a.attrelid = c.oid
              and a.attnum > 0
              and not a.attisdropped
            where c.relkind in ('r', 'p')
              and not c.relispartition
              and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
            group by c.oid
            """,
            connection);
        command.Parameters.Add(new() { Value = Names });
        await using var rows = await command.ExecuteReaderAsync();
        var tables = new HashSet<string>();
        var personal = new Dictionary<string, string>();
        var orphans = new List<string>();

        while (await rows.ReadAsync())
        {
            tables.Add(rows.GetString(0));

            if (!rows.IsDBNull(1))
            {
                personal.Add(rows.GetString(0), rows.GetString(1));
            }

            if (rows.GetBoolean(2))
            {
                orphans.Add(rows.GetString(0));
            }
        }

        return (tables, personal, orphans);
    }
}
