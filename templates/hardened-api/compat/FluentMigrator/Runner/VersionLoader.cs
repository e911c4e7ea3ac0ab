using FluentMigrator.Runner.Processors.Postgres;
using FluentMigrator.Runner.Versioning;
using FluentMigrator.Runner.VersionTableInfo;

namespace FluentMigrator.Runner;

/// <summary>Keeps the version table.</summary>
public interface IVersionLoader
{
    /// <summary>The applied migrations, as they were last read.</summary>
    IVersionInfo VersionInfo { get; }

    /// <summary>Reads the version table anew, and creates it if it is missing.</summary>
    void LoadVersionInfo();
}

internal sealed class VersionLoader(PostgresProcessor processor, IVersionTableMetaData table) : IVersionLoader
{
    private VersionInfo? _info;

    public IVersionInfo VersionInfo => _info ??= Load();

    private string Schema => Quote(table.SchemaName);

    private string Table => $"{Schema}.{Quote(table.TableName)}";

    private string Version => Quote(table.ColumnName);

    private string AppliedOn => Quote(table.AppliedOnColumnName);

    private string Description => Quote(table.DescriptionColumnName);

    public void LoadVersionInfo() => _info = Load();

    public void UpdateVersionInfo(long version, string description)
    {
        _info = null;
        processor.Execute(
            $"insert into {Table} ({Version}, {AppliedOn}, {Description}) values ($1, now() at time zone 'UTC', $2)",
            version,
            description);
    }

    public void DeleteVersion(long version)
    {
        _info = null;
        processor.Execute($"delete from {Table} where {Version} = $1", version);
    }

    public void RemoveVersionTable()
    {
        _info = null;
        processor.Execute($"drop table {Table}");
        if (table.OwnsSchema)
        {
            processor.Execute($"drop schema {Schema}");
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private VersionInfo Load()
    {
        if (!processor.Exists("to_regclass($1) is not null", Table))
        {
            processor.Transact(Create);
        }

        return new VersionInfo(processor.ReadVersions($"select {Version} from {Table}"));
    }

    private void Create()
    {
        if (table.CreateWithPrimaryKey)
        {
            throw new NotSupportedException("A version table with a primary key fails on PostgreSQL: let CreateWithPrimaryKey be false.");
        }

        if (!processor.Exists("to_regnamespace($1) is not null", Schema))
        {
            processor.Execute($"create schema {Schema}");
        }

        processor.Execute($"create table {Table} ({Version} bigint not null, {AppliedOn} timestamp, {Description} varchar(1024))");
        processor.Execute($"create unique index {Quote(table.UniqueIndexName)} on {Table} ({Version})");
    }
}
