namespace FluentMigrator.Runner.VersionTableInfo;

/// <summary>Names the table that remembers the applied migrations. It is created when it is missing, and its schema with it.</summary>
public interface IVersionTableMetaData
{
    /// <summary>Whether the schema is the version table's own, and goes with it when the last migration is rolled back.</summary>
    bool OwnsSchema { get; }

    /// <summary>The schema.</summary>
    string SchemaName { get; }

    /// <summary>The table.</summary>
    string TableName { get; }

    /// <summary>The column of the version, a <c>bigint</c>.</summary>
    string ColumnName { get; }

    /// <summary>The column of the description, a <c>varchar(1024)</c>.</summary>
    string DescriptionColumnName { get; }

    /// <summary>The unique index on the version.</summary>
    string UniqueIndexName { get; }

    /// <summary>The column of the time, a <c>timestamp</c> in UTC.</summary>
    string AppliedOnColumnName { get; }

    /// <summary>Must be false: a version table with a primary key fails on PostgreSQL.</summary>
    bool CreateWithPrimaryKey { get; }
}
