namespace HardenedService.Platform.Sweeps;

/// <summary>Something temporary, and how it goes.</summary>
/// <param name="Name">What is swept, as it stands in logs and metrics: <c>sessions</c>.</param>
/// <param name="Sql">
/// Deletes, or ends, at most <c>$1</c> rows that ended, or began, longer than <c>$2</c> ago, by the database clock, and skips what another replica is at.
/// </param>
/// <param name="Keep">How long a row is kept after its end: the statement's <c>$2</c>.</param>
public sealed record Sweep(string Name, string Sql, TimeSpan Keep = default)
{
    /// <summary>A sweep of rows whose time is up.</summary>
    /// <param name="name">What is swept, as it stands in logs and metrics: <c>sessions</c>.</param>
    /// <param name="table">The table, with its schema.</param>
    /// <param name="end">
    /// When a row's time is up, as SQL: <c>expires_at</c>. Null for a row that stays. An index on just this lets the sweep read the rows
    /// that go, and no others.
    /// </param>
    /// <param name="keep">How long a row is kept after its end.</param>
    /// <param name="key">The column of its primary key.</param>
    /// <returns>The sweep.</returns>
    public static Sweep Ended(string name, string table, string end, TimeSpan keep = default, string key = "id") => new(
        name,
        $"""
        delete from {table}
        where {key} = any (array(
          select {key}
          from {table}
          where {end} <= now() - $2
          limit $1
          for update skip locked
        ))
        """,
        keep);
}
