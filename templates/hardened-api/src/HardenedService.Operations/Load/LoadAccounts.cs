using System.Security.Cryptography;
using HardenedService.Operations.Users;
using Npgsql;

namespace HardenedService.Operations.Load;

/// <summary>
/// The accounts of a load test: confirmed, each with an organization of its own, under addresses that nobody can have (RFC 6761, 6.4), with one password that
/// nobody but this process knows. What becomes of them, the API does: they are marked as those are who come back by a restore, and it erases them with all
/// that is theirs. The operator needs no right to delete for that.
/// </summary>
internal sealed class LoadAccounts : IAsyncDisposable
{
    private const string Domain = "load-test.invalid";

    // One at a time: a second test would take the accounts of the first for left over. Held by the connection, so that it ends with this process.
    private const string TakeTurn = "select pg_try_advisory_lock(hashtextextended('operations load', 0))";

    private const string EndTurn = "select pg_advisory_unlock_all()";

    // Nobody signs in to them, and their sessions end, until they are gone.
    private const string Mark =
        """
        update identity.accounts
        set erasure_due = true,
            disabled_at = coalesce(disabled_at, now()),
            session_epoch = session_epoch + 1
        where normalized_email like '%@' || $1
          and not erasure_due
        """;

    private const string Others =
        """
        select count(*)
        from identity.accounts
        where email_confirmed
          and normalized_email not like '%@' || $1
        """;

    private readonly string _connectionString;
    private readonly NpgsqlConnection _turn;

    private LoadAccounts(string connectionString)
    {
        _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 30 }.ConnectionString;
        _turn = new NpgsqlConnection(_connectionString);
    }

    public IReadOnlyList<LoadUser> Users { get; private set; } = [];

    /// <summary>How many a former test had left, because it was killed.</summary>
    public int Left { get; private set; }

    /// <summary>Makes them.</summary>
    /// <param name="connectionString">The database, as the operator.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LoadException">Another load test is under way there.</exception>
    public static async Task<LoadAccounts> MakeAsync(string connectionString, int count, CancellationToken cancel)
    {
        var accounts = new LoadAccounts(connectionString);

        try
        {
            await accounts.TakeTurnAsync(cancel);
            accounts.Left = await accounts.MarkAsync();
        }
        catch
        {
            await accounts.EndTurnAsync();
            throw;
        }

        try
        {
            await accounts.InsertAsync(count, cancel);
            return accounts;
        }
        catch
        {
            // Who gives up does not know whether the database had done it by then.
            await accounts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends those that a test has left over which was killed.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="LoadException">Another load test is under way there.</exception>
    public static async Task<int> CleanAsync(string connectionString, CancellationToken cancel)
    {
        var accounts = new LoadAccounts(connectionString);

        try
        {
            await accounts.TakeTurnAsync(cancel);
            return await accounts.MarkAsync();
        }
        finally
        {
            await accounts.EndTurnAsync();
        }
    }

    /// <summary>How many people have an account there.</summary>
    public static async Task<long> CountOthersAsync(string connectionString, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Others, connection);
        command.Parameters.Add(new() { Value = TestAccounts.Normalize(Domain) });

        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Ends them: from here on nobody signs in to them, and the API erases them within a minute. What it has begun, it does.</summary>
    /// <exception cref="NpgsqlException">The database does not answer any more: they are still there.</exception>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await MarkAsync();
        }
        finally
        {
            await EndTurnAsync();
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancel)
    {
        await _turn.OpenAsync(cancel);
        await using var turn = new NpgsqlCommand(TakeTurn, _turn);

        if (!(bool)(await turn.ExecuteScalarAsync(cancel))!)
        {
            throw new LoadException("Another load test is under way on this database.");
        }
    }

    // In so many words, for whoever is next: a server may take a moment to notice that a connection is closed.
    private async Task EndTurnAsync()
    {
        await using (_turn)
        {
            try
            {
                await using var end = new NpgsqlCommand(EndTurn, _turn);
                await end.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
            {
                // It has broken, and the turn with it.
            }
        }
    }

    // Not to be cancelled: who stops a test wants them gone. By a connection of its own: the other one may have broken under the load.
    private async Task<int> MarkAsync()
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(Mark, connection);
        command.Parameters.Add(new() { Value = TestAccounts.Normalize(Domain) });

        return await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task InsertAsync(int count, CancellationToken cancel)
    {
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var users = Enumerable.Range(1, count).Select(number => new LoadUser($"{run}-{number}@{Domain}", password)).ToList();
        await TestAccounts.InsertAsync(_turn, [.. users.Select(user => user.Email)], password, cancel);
        Users = users;
    }
}
