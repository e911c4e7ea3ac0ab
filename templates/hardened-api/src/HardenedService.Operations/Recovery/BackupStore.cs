using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>A backup that is whole.</summary>
internal sealed record StoredBackup(string Directory, BackupManifest Manifest)
{
    public string Name => Path.GetFileName(Directory);

    /// <summary>What to read it with, of the key that is at hand: that key if it is encrypted, and nothing if neither is.</summary>
    /// <exception cref="RecoveryException">It does not go with that key.</exception>
    public BackupKey? Opened(BackupKey? key) => (Manifest.Key, key) switch
    {
        var (name, held) when name == held?.Name => key,
        (null, _) => throw new RecoveryException(
            $"{Directory} is not encrypted, and Backup:KeyFile names a key: whoever can write there could have made it. To use it all the same, leave the key out."),
        var (name, held) => throw new RecoveryException(held is null
            ? $"{Directory} is encrypted with the key {name}: name its file by Backup:KeyFile."
            : $"{Directory} was encrypted with the key {name}, and Backup:KeyFile holds the key {held.Name}."),
    };
}

/// <summary>
/// The directory of backups. One that is being made lies under a name that begins with a dot, and gets its own once every byte is on the disk: what
/// has a name is whole.
/// </summary>
internal sealed partial class BackupStore(string directory, BackupKey? key)
{
    /// <summary>Where it is.</summary>
    public string Path => directory;

    /// <summary>What is encrypted with; null for what everyone reads who gets it.</summary>
    public BackupKey? Key => key;

    /// <summary>The archived WAL.</summary>
    public WalArchive Wal => new(System.IO.Path.Combine(directory, "wal"), key);

    /// <summary>The list of accounts that were erased.</summary>
    public ErasureList Erasures => new(System.IO.Path.Combine(directory, "erasures.txt"), key);

    /// <exception cref="UsageException">No directory is named.</exception>
    public static BackupStore Open(IConfiguration configuration, string? from = null) =>
        new(System.IO.Path.GetFullPath(from ?? configuration.Require("Backup:Directory")), configuration.BackupKey());

    /// <summary>Lets one backup at a time be made here, and removes what an earlier one left that did not end.</summary>
    /// <exception cref="RecoveryException">Another one is being made.</exception>
    public async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        var held = await HeldFile.TakeAsync(System.IO.Path.Combine(directory, ".lock"), $"Another backup is being made in {directory}.", cancel);

        foreach (var partial in System.IO.Directory.EnumerateDirectories(directory, ".partial-*"))
        {
            System.IO.Directory.Delete(partial, recursive: true);
        }

        return held;
    }

    /// <summary>The number of the next backup.</summary>
    public long NextSequence() => Names().Select(found => found.Sequence).DefaultIfEmpty().Max() + 1;

    /// <summary>A directory to make a backup in.</summary>
    public string Begin(long sequence)
    {
        var partial = System.IO.Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $".partial-{sequence:000000}"));
        System.IO.Directory.CreateDirectory(partial);

        return partial;
    }

    /// <summary>Gives a backup its name, once every byte of it is on the disk.</summary>
    public async Task<StoredBackup> PublishAsync(string partial, BackupManifest manifest, CancellationToken cancel)
    {
        await manifest.WriteAsync(partial, key);
        var name = string.Create(CultureInfo.InvariantCulture, $"{manifest.Sequence:000000}-{manifest.Kind}-{manifest.StartedAt.UtcDateTime:yyyyMMddTHHmmssZ}");
        var path = System.IO.Path.Combine(directory, name);
        await SyncAsync(partial, cancel);
        System.IO.Directory.Move(partial, path);
        await SyncAsync(directory, cancel);

        return new(path, manifest);
    }

    /// <summary>All backups, the oldest first; and apart, what is wrong with those that cannot be read.</summary>
    /// <exception cref="RecoveryException">There is no such directory.</exception>
    public async Task<(IReadOnlyList<StoredBackup> Backups, IReadOnlyList<string> Faults)> ReadAsync(CancellationToken cancel)
    {
        var (backups, faults) = (new List<StoredBackup>(), new List<string>());

        foreach (var (sequence, path) in Names().OrderBy(name => name.Sequence))
        {
            try
            {
                backups.Add(await ReadAsync(sequence, path, cancel));
            }
            catch (RecoveryException exception)
            {
                faults.Add(exception.Message);
            }
        }

        return (backups, faults);
    }

    /// <summary>The backups one by one, the newest first: an older one that is corrupted does not matter to whoever stops before it.</summary>
    /// <exception cref="RecoveryException">There is no such directory, or the next one cannot be read.</exception>
    public async IAsyncEnumerable<StoredBackup> NewestFirstAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var (sequence, path) in Names().OrderByDescending(name => name.Sequence))
        {
            yield return await ReadAsync(sequence, path, cancel);
        }
    }

    /// <summary>
    /// Deletes backups of a kind, the oldest first: those beyond so many that are, if an age is given, older than that as well. The last ones stay
    /// whatever the clocks say. WAL goes that no backup needs any more; while there is one that cannot be read, what it needs nobody knows, and all stays.
    /// </summary>
    /// <returns>The names of what was deleted.</returns>
    public async Task<IReadOnlyList<string>> PruneAsync(int keep, TimeSpan? age, DateTimeOffset now, CancellationToken cancel)
    {
        var (backups, faults) = await ReadAsync(cancel);
        List<StoredBackup> old =
        [
            .. backups.GroupBy(backup => backup.Manifest.Kind).SelectMany(kind => kind.SkipLast(keep)).Where(backup => age is null || now - backup.Manifest.CompletedAt > age),
        ];

        foreach (var backup in old)
        {
            // Renamed first: what is half deleted looks like what is half made.
            var partial = System.IO.Path.Combine(directory, $".partial-{backup.Name}");
            System.IO.Directory.Move(backup.Directory, partial);
            System.IO.Directory.Delete(partial, recursive: true);
        }

        // Not the oldest one's: after a restore to an earlier moment, newer backups begin before older ones.
        if (faults.Count == 0 && backups.Except(old).Select(backup => backup.Manifest).Where(manifest => manifest.Start is not null).MinBy(manifest => manifest.Start!.Position) is { } first)
        {
            Wal.Prune(first.Start!.Segment(first.WalSegmentSize), first.WalSegmentSize);
        }

        return [.. old.Select(backup => backup.Name)];
    }

    /// <summary>Brings the entries of a directory to the disk, which its files' own flush does not.</summary>
    public static async Task SyncAsync(string path, CancellationToken cancel)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (exitCode, output) = await SupervisedProcess.RunAsync(new("sync", [path]), cancel);

        if (exitCode != 0)
        {
            throw new IOException(output);
        }
    }

    private async Task<StoredBackup> ReadAsync(long sequence, string path, CancellationToken cancel)
    {
        var manifest = await BackupManifest.ReadAsync(path, key, cancel);

        if (manifest.Sequence != sequence)
        {
            throw new RecoveryException($"{path} was renamed: it is the backup {manifest.Sequence}.");
        }

        // Those that count let older ones be deleted.
        foreach (var file in manifest.Files)
        {
            file.Find(path);
        }

        return new(path, manifest);
    }

    private IEnumerable<(long Sequence, string Path)> Names() =>
        from path in System.IO.Directory.Exists(directory)
            ? System.IO.Directory.EnumerateDirectories(directory)
            : throw new RecoveryException($"{directory} does not exist: there are no backups.")
        let name = BackupName().Match(System.IO.Path.GetFileName(path))
        where name.Success
        select (long.Parse(name.Groups["sequence"].ValueSpan, CultureInfo.InvariantCulture), path);

    [GeneratedRegex("^(?<sequence>[0-9]{6,18})-(physical|logical)-", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BackupName();
}
