namespace FluentMigrator.Infrastructure;

/// <summary>A migration, and what its attribute says of it.</summary>
public interface IMigrationInfo
{
    /// <summary>The version, unique among all migrations.</summary>
    long Version { get; }

    /// <summary>What the migration does, for people.</summary>
    string? Description { get; }

    /// <summary>Whether the migration runs inside a transaction.</summary>
    TransactionBehavior TransactionBehavior { get; }

    /// <summary>The migration itself.</summary>
    IMigration Migration { get; }

    /// <summary>The migration's name in messages: the version, and the name of its class.</summary>
    /// <returns><c>version: class</c>.</returns>
    string GetName();
}

internal sealed class MigrationInfo(MigrationAttribute attribute, Migration migration) : IMigrationInfo
{
    public long Version => attribute.Version;

    public string? Description => attribute.Description;

    public TransactionBehavior TransactionBehavior => attribute.TransactionBehavior;

    public IMigration Migration => migration;

    public string GetName() => $"{Version}: {migration.GetType().Name}";
}
