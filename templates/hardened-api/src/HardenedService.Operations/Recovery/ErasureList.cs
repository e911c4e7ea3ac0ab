using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// The accounts that people had deleted, by ids that lead to nobody any more. The audit trail holds them; a list beside the backups holds them for the
/// day that the database is lost. Whatever is restored, these are erased in it again.
/// </summary>
internal sealed class ErasureList(string path)
{
    private const string Erased =
        """
        select subject_id, min(occurred_at)
        from audit.records
        where action = 'account.deleted'
          and outcome = 'success'
          and subject_id is not null
        group by subject_id
        order by 2, 1
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The accounts that were erased from a database.</summary>
    public static async Task<Dictionary<Guid, DateTimeOffset>> OfAsync(LiveDatabase database, CancellationToken cancel)
    {
        var accounts = new Dictionary<Guid, DateTimeOffset>();
        await using var command = new NpgsqlCommand(Erased, database.Connection);
        await using var rows = await command.ExecuteReaderAsync(cancel);

        while (await rows.ReadAsync(cancel))
        {
            accounts[rows.GetGuid(0)] = new(rows.GetDateTime(1), TimeSpan.Zero);
        }

        return accounts;
    }

    /// <summary>Adds what a database knows to the list.</summary>
    /// <returns>How many accounts are on it now.</returns>
    /// <exception cref="RecoveryException">Others keep it for half a minute.</exception>
    public async Task<int> AddAsync(LiveDatabase database, CancellationToken cancel)
    {
        await using var held = await LockAsync(cancel);
        var known = await ReadAsync(cancel);
        var count = known.Count;

        foreach (var (account, at) in await OfAsync(database, cancel))
        {
            known.TryAdd(account, at);
        }

        if (known.Count > count || !File.Exists(path))
        {
            await WriteAsync(known, cancel);
        }

        return known.Count;
    }

    /// <summary>The accounts on the list, and when each was erased.</summary>
    /// <exception cref="RecoveryException">A line of it is not one of ours.</exception>
    public async Task<Dictionary<Guid, DateTimeOffset>> ReadAsync(CancellationToken cancel)
    {
        var accounts = new Dictionary<Guid, DateTimeOffset>();

        if (!File.Exists(path))
        {
            return accounts;
        }

        var lines = await File.ReadAllLinesAsync(path, cancel);

        if (lines is not [.., var sum] || sum != Sum(lines[..^1]))
        {
            throw Corrupted();
        }

        foreach (var line in lines[..^1])
        {
            if (line.Split(' ') is not [var account, var time] || !Guid.TryParseExact(account, "D", out var id)
                || !DateTimeOffset.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            {
                throw Corrupted();
            }

            accounts[id] = at;
        }

        return accounts;
    }

    /// <summary>
    /// Marks those accounts of a restored database that were erased: nobody signs in to them, and the API erases them before it is ready.
    /// </summary>
    /// <returns>How many there are.</returns>
    public static async Task<long> MarkAsync(LiveDatabase restored, IEnumerable<Guid> erased, CancellationToken cancel) => (long)(await restored.ScalarAsync(
        """
        with marked as (
          update identity.accounts
          set erasure_due = true,
              disabled_at = coalesce(disabled_at, now()),
              session_epoch = session_epoch + 1
          where id = any ($1)
          returning 1
        )
        select count(*)
        from marked
        """,
        cancel,
        erased.ToArray()))!;

    // Backups and the call of every few minutes both add to it.
    private async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                return new($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (File.Exists($"{path}.lock"))
            {
                if (watch.Elapsed > Patience)
                {
                    throw new RecoveryException($"{path} is being written to by somebody else: {exception.Message}", exception);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), cancel);
            }
        }
    }

    private static string Sum(IEnumerable<string> lines) =>
        $"sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', lines))))}";

    // As a whole: whoever is interrupted leaves the old list or the new one.
    private async Task WriteAsync(Dictionary<Guid, DateTimeOffset> accounts, CancellationToken cancel)
    {
        string[] lines = [.. accounts.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key).Select(entry => $"{entry.Key:D} {entry.Value:O}")];
        var text = Encoding.ASCII.GetBytes(string.Join('\n', [.. lines, Sum(lines), ""]));
        File.Delete($"{path}.new");
        await StoredFile.WriteAsync($"{path}.new", Path.GetFileName(path), null, stream => stream.WriteAsync(text, cancel).AsTask());
        File.Move($"{path}.new", path, overwrite: true);
        await BackupStore.SyncAsync(Path.GetDirectoryName(path)!, cancel);
    }

    private RecoveryException Corrupted() =>
        new($"{path} is corrupted: accounts that were erased would come back unnoticed. Take a copy of it from elsewhere; or, if the database is there, delete it and run backup erasures.");
}
