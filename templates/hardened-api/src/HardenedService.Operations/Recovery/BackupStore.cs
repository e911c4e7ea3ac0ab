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
}

/// <summary>
/// The directory of backups. One that is being made lies under a name that begins with a dot, and gets its own once every byte is on the disk: what
/// has a name is whole.
/// </summary>
internal sealed partial class BackupStore(string directory)
{
    private const string LockName = ".lock";

    /// <summary>Where it is.</summary>
    public string Path => directory;

    /// <summary>The archived WAL.</summary>
    public WalArchive Wal => new(System.IO.Path.Combine(directory, "wal"));

    /// <summary>The list of accounts that were erased.</summary>
    public string Erasures => System.IO.Path.Combine(directory, "erasures.txt");

    /// <exception cref="UsageException">No directory is named.</exception>
    public static BackupStore Open(IConfiguration configuration, string? from = null) =>
        new(System.IO.Path.GetFullPath(from ?? configuration.Require("Backup:Directory")));

    /// <summary>Lets one backup at a time be made here, and removes what an earlier one left that did not end.</summary>
    /// <exception cref="RecoveryException">Another one is being made.</exception>
    public FileStream Lock()
    {
        System.IO.Directory.CreateDirectory(directory);
        FileStream held;

        try
        {
            held = new(System.IO.Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(System.IO.Path.Combine(directory, LockName)))
        {
            throw new RecoveryException($"Another backup is being made in {directory}, or the last one is just ending.", exception);
        }

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
        await manifest.WriteAsync(partial);
        var name = string.Create(CultureInfo.InvariantCulture, $"{manifest.Sequence:000000}-{manifest.Kind}-{manifest.StartedAt.UtcDateTime:yyyyMMddTHHmmssZ}");
        var path = System.IO.Path.Combine(directory, name);
        await SyncAsync(partial, cancel);
        System.IO.Directory.Move(partial, path);
        await SyncAsync(directory, cancel);

        return new(path, manifest);
    }

    /// <summary>All backups, the oldest first.</summary>
    /// <exception cref="RecoveryException">There is no such directory, or one of them cannot be read.</exception>
    public async Task<IReadOnlyList<StoredBackup>> ListAsync(CancellationToken cancel) => [.. (await NewestFirstAsync(cancel).ToListAsync(cancel)).AsEnumerable().Reverse()];

    /// <summary>The backups one by one, the newest first: an older one that is corrupted does not matter to whoever stops before it.</summary>
    /// <exception cref="RecoveryException">There is no such directory, or the next one cannot be read.</exception>
    public async IAsyncEnumerable<StoredBackup> NewestFirstAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new RecoveryException($"{directory} does not exist: there are no backups.");
        }

        foreach (var (sequence, path) in Names().OrderByDescending(name => name.Sequence))
        {
            var manifest = await BackupManifest.ReadAsync(path, cancel);

            yield return manifest.Sequence == sequence
                ? new(path, manifest)
                : throw new RecoveryException($"{path} was renamed: it is the backup {manifest.Sequence}.");
        }
    }

    /// <summary>
    /// Deletes backups of a kind, the oldest first: those beyond so many that are, if an age is given, older than that as well. The last ones stay
    /// whatever the clocks say. WAL goes that no backup needs any more.
    /// </summary>
    /// <returns>The names of what was deleted.</returns>
    public async Task<IReadOnlyList<string>> PruneAsync(int keep, TimeSpan? age, DateTimeOffset now, CancellationToken cancel)
    {
        var backups = await ListAsync(cancel);
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
        if (backups.Except(old).Select(backup => backup.Manifest).Where(manifest => manifest.Start is not null).MinBy(manifest => manifest.Start!.Position) is { } first)
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

    private IEnumerable<(long Sequence, string Path)> Names() =>
        from path in System.IO.Directory.EnumerateDirectories(directory)
        let name = BackupName().Match(System.IO.Path.GetFileName(path))
        where name.Success
        select (long.Parse(name.Groups["sequence"].ValueSpan, CultureInfo.InvariantCulture), path);

    [GeneratedRegex("^(?<sequence>[0-9]{6,18})-(physical|logical)-", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BackupName();
}
