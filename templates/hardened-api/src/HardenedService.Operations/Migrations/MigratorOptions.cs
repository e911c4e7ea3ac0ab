namespace HardenedService.Operations.Migrations;

/// <summary>How long a migration may wait and run.</summary>
internal sealed record MigratorOptions
{
    /// <summary>
    /// How long a statement waits for a lock; 5 seconds. Whoever comes after a waiting migration waits too, so that a
    /// longer wait is an outage of the API.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run; 15 minutes.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long to wait for another migrator to finish; 30 minutes.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
