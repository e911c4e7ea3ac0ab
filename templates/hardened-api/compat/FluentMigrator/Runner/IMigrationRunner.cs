using FluentMigrator.Infrastructure;

namespace FluentMigrator.Runner;

/// <summary>
/// Applies and reverts migrations, each in a transaction of its own that holds its version row too. It holds no lock:
/// of two runners at once, one fails.
/// </summary>
public interface IMigrationRunner
{
    /// <summary>Finds the migrations.</summary>
    IMigrationInformationLoader MigrationLoader { get; }

    /// <summary>Applies every migration that is not applied yet.</summary>
    void MigrateUp();

    /// <summary>Applies every migration up to a version that is not applied yet.</summary>
    /// <param name="version">The last version to apply.</param>
    void MigrateUp(long version);

    /// <summary>Reverts every applied migration above a version, the newest first.</summary>
    /// <param name="version">The version to stop at, which stays applied; 0 reverts all, and keeps the version table.</param>
    void MigrateDown(long version);

    /// <summary>Reverts the newest applied migrations. Once none is left, the version table goes too.</summary>
    /// <param name="steps">How many.</param>
    void Rollback(int steps);

    /// <summary>Tells whether a migration is not applied yet.</summary>
    /// <param name="version">The last version to look at; null looks at all.</param>
    /// <returns>Whether there is one.</returns>
    bool HasMigrationsToApplyUp(long? version = null);

    /// <summary>Writes every migration and its state to the log.</summary>
    void ListMigrations();
}

/// <summary>Finds the migrations.</summary>
public interface IMigrationInformationLoader
{
    /// <summary>Finds the public, non-abstract classes with a <see cref="MigrationAttribute"/> in the scanned assemblies.</summary>
    /// <returns>The migrations by version.</returns>
    /// <exception cref="InvalidOperationException">There is none, or two have the same version.</exception>
    SortedList<long, IMigrationInfo> LoadMigrations();
}
