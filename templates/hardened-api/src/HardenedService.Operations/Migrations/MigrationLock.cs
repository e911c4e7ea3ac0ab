using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>
/// One migrator at a time, by an advisory lock on a connection of its own. It is polled and never waited for inside PostgreSQL: a
/// statement that waits holds a snapshot, and a CREATE INDEX CONCURRENTLY by the other migrator would wait for that snapshot for ever.
/// A migrator that is killed loses the lock at once, and one whose machine vanishes after a minute; what it was doing is ended by the next one.
/// </summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    internal const long Key = 7_305_118_094_226_002;

    // It waits for no lock; but this tells whether there is a pooler that would pass the lock on to whoever comes next.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NpgsqlConnection _connection;

    private MigrationLock(NpgsqlConnection connection) => _connection = connection;

    /// <exception cref="MigrationException">Another migrator did not finish in time.</exception>
    public static async Task<MigrationLock> TakeAsync(
        string connectionString, TimeSpan timeout, TextWriter output, CancellationToken cancel)
    {
        var connection = await MigratorSession.OpenAsync(connectionString, Patience, cancel);
        try
        {
            await WaitForTurnAsync(connection, timeout, output, cancel);
            await MigratorSession.EndLeftoversAsync(connection, output, cancel);
            return new MigrationLock(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Throws if the connection, and with it the lock, was lost.</summary>
    public async Task EnsureHeldAsync(CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select 1", _connection);
        await command.ExecuteScalarAsync(cancel);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task WaitForTurnAsync(
        NpgsqlConnection connection, TimeSpan timeout, TextWriter output, CancellationToken cancel)
    {
        await using var attempt = new NpgsqlCommand($"select pg_try_advisory_lock({Key})", connection);
        if (await attempt.ExecuteScalarAsync(cancel) is true)
        {
            return;
        }

        await output.WriteLineAsync($"Another migrator{await HolderAsync(connection, cancel)} is at work on database '{connection.Database}'; waiting for it to finish.");
        var started = Stopwatch.GetTimestamp();
        do
        {
            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                throw new MigrationException(
                    $"Another migrator{await HolderAsync(connection, cancel)} is still at work on database '{connection.Database}' after {timeout.TotalSeconds:0} s; nothing "
                        + "was changed. Try again when it has finished.");
            }

            await Task.Delay(RandomNumberGenerator.GetInt32(250, 750), cancel);
        }
        while (await attempt.ExecuteScalarAsync(cancel) is not true);
    }

    // For whoever has to find out what it does, or whether its machine is there.
    private static async Task<string> HolderAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select format(
              ' (process %s of PostgreSQL, from %s, since %s UTC)',
              pid,
              coalesce(host(client_addr), 'its own machine'),
              to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
            from pg_locks
            join pg_stat_activity using (pid)
            where locktype = 'advisory'
              and pg_locks.granted
              and pg_locks.database = (
                select oid
                from pg_database
                where datname = current_database()
              )
              and classid::bigint << 32 | objid::bigint = $1
              and objsubid = 1
            """,
            connection)
        {
            Parameters = { new() { Value = Key } },
        };
        return await command.ExecuteScalarAsync(cancel) as string ?? "";
    }
}
