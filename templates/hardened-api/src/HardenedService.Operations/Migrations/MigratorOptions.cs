namespace HardenedService.Operations.Migrations;

/// <summary>Which migrations there are, and how long each may wait and run.</summary>
internal sealed record MigratorOptions
{
    /// <summary>The migrations; those of this service.</summary>
    public MigrationCatalog Catalog { get; init; } = MigrationCatalog.Own;

    /// <summary>
    /// How long a statement waits for a lock; 5 seconds. Whoever comes after a waiting migration waits too, so that a
    /// longer wait is an outage of the API. What is done <c>concurrently</c> makes nobody wait, and may wait as long as it may run.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a migration is tried that did not get its lock; 10 times.</summary>
    public int Attempts { get; init; } = 10;

    /// <summary>How long to leave the table to others before the next attempt; 5 seconds, give or take half of it.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run; 15 minutes.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long to wait for another migrator to finish; 30 minutes.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
