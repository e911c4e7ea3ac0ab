using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace HardenedService.Platform.RateLimiting;

/// <summary>
/// Limits that all replicas share: fixed windows in the database, by its clock. An attempt is reserved before its outcome is known, and
/// committed at once, so that however many come at the same time, no more are let through than the limit says. While the database
/// refuses, each replica counts by itself.
/// </summary>
public sealed partial class AttemptLimiter
{
    // In the order of ids, so that two attempts in the same windows queue up and do not wait for each other in a circle. Now all of them
    // are there, current and ours until the commit.
    private const string Open =
        """
        insert into platform.attempt_windows as w (id, attempts, ends_at)
        select id, 0, now() + length
        from unnest($1, $2) as wanted (id, length)
        order by id
        on conflict (id) do update
        set attempts = case when w.ends_at > now() then w.attempts else 0 end,
            ends_at = case when w.ends_at > now() then w.ends_at else excluded.ends_at end
        """;

    // All or nothing: a full window does not eat from the others.
    private const string Count =
        """
        with wanted as (
          select w.id, w.ends_at, ordinal, w.attempts >= most as is_full
          from unnest($1, $2) with ordinality as wanted (id, most, ordinal)
          join platform.attempt_windows w using (id)
        ), counted as (
          update platform.attempt_windows w
          set attempts = w.attempts + 1
          from wanted
          where w.id = wanted.id
            and not exists (select from wanted where is_full)
        )
        select is_full, ends_at, extract(epoch from ends_at - now())::float8
        from wanted
        order by ordinal
        """;

    private const string GiveBack =
        """
        with wanted as (
          select w.id
          from unnest($1, $2) as wanted (id, ends_at)
          join platform.attempt_windows w using (id, ends_at)
          order by w.id
          for update of w
        )
        update platform.attempt_windows w
        set attempts = greatest(w.attempts - 1, 0)
        from wanted
        where w.id = wanted.id
        """;

    private readonly NpgsqlDataSource _database;
    private readonly LocalAttempts _local;
    private readonly RateLimitMetrics _metrics;
    private readonly ILogger _logger;

    /// <param name="database">The main pool: an attempt outlasts the transaction of its request.</param>
    /// <param name="clock">For the windows of this replica.</param>
    /// <param name="metrics">Told of refusals.</param>
    /// <param name="logger">Told when the store fails.</param>
    internal AttemptLimiter(NpgsqlDataSource database, TimeProvider clock, RateLimitMetrics metrics, ILogger<AttemptLimiter> logger) =>
        (_database, _local, _metrics, _logger) = (database, new LocalAttempts(clock), metrics, logger);

    /// <summary>Reserves one attempt in each of the windows, or in none of them if one is full. It is committed when this returns.</summary>
    /// <param name="windows">What the attempt counts against, each window once.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The attempt.</returns>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<Attempt> ReserveAsync(IReadOnlyList<AttemptWindow> windows, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var attempt = await ReserveInStoreOrHereAsync(windows, cancel);

        if (attempt.Full is { } window)
        {
            _metrics.Refused(window.Name);
        }

        return attempt;
    }

    /// <summary>Empties windows, in the database and here.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>A task that ends when they count nothing.</returns>
    /// <exception cref="NpgsqlException">The store is out of reach.</exception>
    public async Task ClearAsync(IReadOnlyList<AttemptWindow> windows, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(windows);
        _local.Clear(windows);
        await using var command = _database.CreateCommand(
            """
            delete from platform.attempt_windows
            where id in (select id from platform.attempt_windows where id = any ($1) order by id for update)
            """);
        command.Parameters.Add(Ids(windows));
        await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<Attempt> ReserveInStoreOrHereAsync(IReadOnlyList<AttemptWindow> windows, CancellationToken cancel)
    {
        try
        {
            return await ReserveInStoreAsync(windows, cancel);
        }
        catch (PostgresException exception)
        {
            // Of a database that does not even answer, whatever was to be limited gets nothing either: that is a 503, and soon.
            LogStoreFailed(exception);

            return _local.Reserve(windows);
        }
    }

    private async Task<Attempt> ReserveInStoreAsync(IReadOnlyList<AttemptWindow> windows, CancellationToken cancel)
    {
        // One round trip, and one transaction: the server commits a batch as a whole.
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new(Open) { Parameters = { Ids(windows), new() { Value = windows.Select(window => window.Limit.Window).ToArray() } } });
        batch.BatchCommands.Add(new(Count) { Parameters = { Ids(windows), new() { Value = windows.Select(window => window.Limit.Attempts).ToArray() } } });
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        var ends = new List<DateTime>();
        var wait = TimeSpan.Zero;
        AttemptWindow? full = null;

        while (await rows.ReadAsync(cancel))
        {
            if (rows.GetBoolean(0) && TimeSpan.FromSeconds(rows.GetDouble(2)) is var rest && rest > wait)
            {
                (wait, full) = (rest, windows[ends.Count]);
            }

            ends.Add(rows.GetDateTime(1));
        }

        return full is null ? new Attempt(() => GiveBackAsync(windows, ends)) : new Attempt(wait, full);
    }

    private async Task GiveBackAsync(IReadOnlyList<AttemptWindow> windows, List<DateTime> ends)
    {
        try
        {
            await using var command = _database.CreateCommand(GiveBack);
            command.Parameters.Add(Ids(windows));
            command.Parameters.Add(new() { Value = ends });

            // Not cancellable: whoever got in and left in a hurry has got in all the same.
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (NpgsqlException exception)
        {
            LogStoreFailed(exception);
        }
    }

    private static NpgsqlParameter Ids(IReadOnlyList<AttemptWindow> windows) =>
        new() { Value = windows.Select(window => window.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    [LoggerMessage(EventId = 1501, EventName = "AttemptsNotCounted", Level = LogLevel.Warning, Message = "Attempts cannot be counted in the database; this replica counts its own")]
    private partial void LogStoreFailed(Exception exception);
}
