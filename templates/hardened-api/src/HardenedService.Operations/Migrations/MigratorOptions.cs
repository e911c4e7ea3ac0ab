namespace HardenedService.Operations.Migrations;

/// <summary>Which migrations there are, and how long each may wait and run.</summary>
internal sealed record MigratorOptions
{
    /// <summary>The migrations; those of this service.</summary>
    public MigrationCatalog Catalog { get; init; } = MigrationCatalog.Own;

    /// <summary>
    /// How long a statement waits for a lock; a quarter of a second. Whoever comes after a waiting migration waits too, and a statement of a request
    /// fails after one second; a script that locks several tables keeps the first while it waits for the next. What is done <c>concurrently</c> makes nobody wait, and may wait as long as it may run.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a migration is tried that did not get its lock; 20 times, which is about ten minutes.</summary>
    public int Attempts { get; init; } = 20;

    /// <summary>
    /// How long to leave the table to others before the next attempt; 30 seconds, give or take half of it. So one or two requests in a hundred find a
    /// migration waiting before them.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one statement may run; 15 minutes.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long to wait for another migrator to finish; 30 minutes.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
