namespace HardenedService.Platform.Sweeps;

/// <summary>Something temporary, and how it goes.</summary>
/// <param name="Name">What is swept, as it stands in logs and metrics: <c>sessions</c>.</param>
/// <param name="Sql">
/// Deletes at most <c>$1</c> rows that ended longer than <c>$2</c> ago, by the database clock, and skips what another replica is at.
/// </param>
/// <param name="Keep">How long a row is kept after its end: the statement's <c>$2</c>.</param>
public sealed record Sweep(string Name, string Sql, TimeSpan Keep = default);
