using FluentMigrator.Runner.VersionTableInfo;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>A row of the version table.</summary>
internal sealed record AppliedMigration(long Version, DateTimeOffset AppliedAt, string? Name);

/// <summary>
/// Where FluentMigrator notes what it applied. The table is made by our own script, and not by FluentMigrator, so that it has a
/// primary key, is readable for the API, and is the same after <c>migrate script</c> as after <c>migrate up</c>.
/// </summary>
internal sealed class VersionTable : IVersionTableMetaData
{
    public bool OwnsSchema => true;

    public string SchemaName => "migrations";

    public string TableName => "version_info";

    public string ColumnName => "version";

    public string DescriptionColumnName => "description";

    public string AppliedOnColumnName => "applied_at";

    public string UniqueIndexName => "version_info_pkey";

    // With true, FluentMigrator's own attempt fails on PostgreSQL.
    public bool CreateWithPrimaryKey => false;

    public static string CreationScript => MigrationScript.Read(typeof(VersionTable).Assembly, "VersionTable.sql").Text.TrimEnd();

    public static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(CreationScript, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>What is applied, oldest first; nothing if the table does not exist yet.</summary>
    public static async Task<IReadOnlyList<AppliedMigration>> ReadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var exists = new NpgsqlCommand("select to_regclass('migrations.version_info') is not null", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not true)
        {
            return [];
        }

        await using var command = new NpgsqlCommand(
            "select version, applied_at, description from migrations.version_info order by version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var applied = new List<AppliedMigration>();
        while (await reader.ReadAsync(cancel))
        {
            applied.Add(new AppliedMigration(
                reader.GetInt64(0),
                reader.GetFieldValue<DateTimeOffset>(1),
                await reader.IsDBNullAsync(2, cancel) ? null : reader.GetString(2)));
        }

        return applied;
    }
}
