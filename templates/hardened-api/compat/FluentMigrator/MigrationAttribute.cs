namespace FluentMigrator;

/// <summary>Whether a migration runs inside a transaction.</summary>
public enum TransactionBehavior
{
    /// <summary>One transaction holds the migration's SQL and its row in the version table.</summary>
    Default,

    /// <summary>No transaction: each command commits on its own, and the version row follows them.</summary>
    None,
}

/// <summary>Marks a public class as a migration and gives it its place in the order.</summary>
/// <param name="version">The version, unique among all migrations; they apply in ascending order.</param>
/// <param name="transactionBehavior">Whether the migration runs inside a transaction.</param>
/// <param name="description">What the migration does, for people; it goes into the version table.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MigrationAttribute(
    long version,
    TransactionBehavior transactionBehavior = TransactionBehavior.Default,
    string? description = null) : Attribute
{
    /// <summary>Marks a migration that runs inside a transaction.</summary>
    /// <param name="version">The version, unique among all migrations; they apply in ascending order.</param>
    /// <param name="description">What the migration does, for people; it goes into the version table.</param>
    public MigrationAttribute(long version, string description)
        : this(version, TransactionBehavior.Default, description)
    {
    }

    /// <summary>The version, unique among all migrations.</summary>
    public long Version { get; } = version;

    /// <summary>Whether the migration runs inside a transaction.</summary>
    public TransactionBehavior TransactionBehavior { get; } = transactionBehavior;

    /// <summary>What the migration does, for people.</summary>
    public string? Description { get; } = description;
}
