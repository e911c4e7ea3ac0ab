using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations.Linting;
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
        var names = SqlScript.Parse(script.Text).Statements.Select(statement => NameOf(statement.Phrase)).OfType<string>().ToArray();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        foreach (var index in await InvalidAsync(connection, names, cancel))
        {
            await output.WriteLineAsync($"Dropping the index {index}, which a migrator that was ended has left half built.");
            await using var drop = new NpgsqlCommand($"drop index concurrently if exists {index}", connection) { CommandTimeout = 0 };
            await drop.ExecuteNonQueryAsync(cancel);
        }
    }

    private static string? NameOf(SqlPhrase phrase)
    {
        if (!phrase.Begins("create index concurrently") && !phrase.Begins("create unique index concurrently"))
        {
            return null;
        }

        // An index lies in the schema of its table.
        var index = phrase.After("concurrently").Skip("if not exists").Name().Name;
        var table = phrase.After("on").Skip("only").Name().Name;
        return string.Join('.', [.. table.Split('.')[..^1].Append(index).Select(ProvisioningSql.Identifier)]);
    }

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
