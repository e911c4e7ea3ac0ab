namespace FluentMigrator.Runner.Versioning;

/// <summary>The applied migrations.</summary>
public interface IVersionInfo
{
    /// <summary>The versions, the newest first.</summary>
    /// <returns>The versions.</returns>
    IEnumerable<long> AppliedMigrations();

    /// <summary>Tells whether a migration is applied.</summary>
    /// <param name="migration">Its version.</param>
    /// <returns>Whether it is.</returns>
    bool HasAppliedMigration(long migration);

    /// <summary>The newest version.</summary>
    /// <returns>The version, or 0 if none is applied.</returns>
    long Latest();
}

internal sealed class VersionInfo(IEnumerable<long> versions) : IVersionInfo
{
    private readonly SortedSet<long> _versions = [.. versions];

    public IEnumerable<long> AppliedMigrations() => _versions.Reverse();

    public bool HasAppliedMigration(long migration) => _versions.Contains(migration);

    public long Latest() => _versions.Max;
}
