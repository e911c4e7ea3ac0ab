using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations.Linting;
using HardenedService.Operations.Migrations.Linting.Rules;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>
/// What is left of a CREATE INDEX CONCURRENTLY that was ended: an index that no query uses and every write maintains. It is dropped before the
/// migration that makes it runs again.
/// </summary>
internal static class HalfBuiltIndex
{
    public static async Task DropAsync(string connectionString, MigrationScript script, TextWriter output, CancellationToken cancel)
    {
        if (NamesIn(script) is not { Length: > 0 } names)
        {
            return;
        }

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        foreach (var index in await InvalidAsync(connection, names, cancel))
        {
            await output.WriteLineAsync($"Dropping the index {index}, which is half built.");
            await using var drop = new NpgsqlCommand($"drop index concurrently if exists {index}", connection) { CommandTimeout = 0 };
            await drop.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>Statements for psql that fail where an index of a script is left half built: with <c>if not exists</c>, its own statement does not.</summary>
    public static string Refusal(MigrationScript script) => string.Concat(NamesIn(script).Select(index => $"""

        do $$
        begin
          if not exists (select from pg_index where indexrelid = to_regclass({ProvisioningSql.Literal(index)}) and indisvalid) then
            raise exception using message = {ProvisioningSql.Literal($"The index {index} is half built. Run this, and then the script again: drop index concurrently {index}")};
          end if;
        end
        $$;

        """));

    private static string[] NamesIn(MigrationScript script) =>
    [
        .. from statement in SqlScript.Parse(script.Text).Statements
           where IndexRules.IsConcurrent(statement.Phrase)
           let index = statement.CreatedIndex
           where index is not null
           select string.Join('.', index.Split('.').Select(ProvisioningSql.Identifier)),
    ];

    private static async Task<List<string>> InvalidAsync(NpgsqlConnection connection, string[] names, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select name
            from unnest($1) as name
            join pg_index on indexrelid = to_regclass(name)
            where not indisvalid
            """,
            connection)
        {
            Parameters = { new() { Value = names } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var invalid = new List<string>();
        while (await reader.ReadAsync(cancel))
        {
            invalid.Add(reader.GetString(0));
        }

        return invalid;
    }
}
