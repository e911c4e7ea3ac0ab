using System.Diagnostics;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>Writes an account, one after the other, as the API's role, and notes how long the longest took. A write that fails ends it.</summary>
internal sealed class SteadyWriter : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task<TimeSpan> _writing;
    private int _written;

    public SteadyWriter(string connectionString) => _writing = Task.Run(() => WriteAsync(connectionString));

    /// <summary>Waits for one more write than there are; throws if a write has failed.</summary>
    public async Task HasWrittenAsync()
    {
        var before = Volatile.Read(ref _written);
        await Eventually.HoldsAsync(() => _writing.IsCompleted || Volatile.Read(ref _written) > before, "another write");
        if (_writing.IsCompleted)
        {
            await _writing;
        }
    }

    /// <summary>Ends it, and tells how long the longest write took.</summary>
    public async Task<TimeSpan> EndAsync()
    {
        await _end.CancelAsync();
        return await _writing;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await ((Task)_writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task<TimeSpan> WriteAsync(string connectionString)
    {
        await using var connection = await Sql.OpenAsync(connectionString);
        var longest = TimeSpan.Zero;
        while (!_end.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            var email = People.NewAddress();
            await using var command = new NpgsqlCommand(
                """
                insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp)
                values (gen_random_uuid(), $1, $1, true, '', '', '')
                """,
                connection)
            {
                Parameters = { new() { Value = email } },
            };
            await command.ExecuteNonQueryAsync();
            longest = Stopwatch.GetElapsedTime(started) is var took && took > longest ? took : longest;
            Interlocked.Increment(ref _written);
        }

        return longest;
    }
}
