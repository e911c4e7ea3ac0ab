using System.Globalization;
using System.Text;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// The accounts that people had deleted, by ids that lead to nobody any more. The audit trail holds them; a list beside the backups holds them for the
/// day that the database is lost. Whatever is restored, these are erased in it again.
/// </summary>
/// <param name="path">The list.</param>
/// <param name="key">What is at hand to tell that nobody else has written it; null where sums have to do.</param>
internal sealed class ErasureList(string path, BackupKey? key)
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

    /// <summary>Where it is.</summary>
    public string Path => path;

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
        // Backups and the call of every few minutes both add to it.
        await using var held = await HeldFile.TakeAsync($"{path}.lock", $"{path} is being written to by somebody else.", cancel);
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
    /// <exception cref="RecoveryException">It is not what was written, or not written under the key.</exception>
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
            throw Unsound(lines.LastOrDefault()?.Split(' ') switch
            {
                ["hmac-sha256", var name, _] when name != key?.Name => $"written under the key {name}, and Backup:KeyFile {(key is null ? "names none" : $"holds the key {key.Name}")}",
                ["sha256", _] when key is not null => $"written without a key, and Backup:KeyFile holds the key {key.Name}",
                _ => $"corrupted{(key is null ? "" : ", or was not written by one who has the key")}",
            });
        }

        foreach (var line in lines[..^1])
        {
            if (line.Split(' ') is not [var account, var time] || !Guid.TryParseExact(account, "D", out var id)
                || !DateTimeOffset.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            {
                throw Unsound("corrupted");
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

    private string Sum(IEnumerable<string> lines) => BackupKey.Sum(key, System.IO.Path.GetFileName(path), Encoding.ASCII.GetBytes(string.Join('\n', lines)));

    // As a whole: whoever is interrupted leaves the old list or the new one.
    private async Task WriteAsync(Dictionary<Guid, DateTimeOffset> accounts, CancellationToken cancel)
    {
        string[] lines = [.. accounts.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key).Select(entry => $"{entry.Key:D} {entry.Value:O}")];
        var text = Encoding.ASCII.GetBytes(string.Join('\n', [.. lines, Sum(lines), ""]));
        File.Delete($"{path}.new");
        await StoredFile.WriteAsync($"{path}.new", System.IO.Path.GetFileName(path), null, stream => stream.WriteAsync(text, cancel).AsTask());
        File.Move($"{path}.new", path, overwrite: true);
        await BackupStore.SyncAsync(System.IO.Path.GetDirectoryName(path)!, cancel);
    }

    private RecoveryException Unsound(string how) =>
        new($"{path} is {how}: accounts that were erased would come back unnoticed. Take a copy of it from elsewhere; or, if the database is there, delete it and run backup erasures.");
}
