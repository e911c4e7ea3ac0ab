using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// The WAL that PostgreSQL has finished with, segment by segment, compressed: <c>archive_command</c> brings it here, and it leads from a backup to any
/// moment after it. A file's name holds the SHA-256 of what lies there, since the sum inside of a compressed file is not looked at by every reader.
/// </summary>
internal sealed class WalArchive(string directory, BackupKey? key, TimeSpan? patience = null)
{
    private const string Compressed = ".gz";
    private const uint FirstTimeline = 1;

    /// <summary>Stores a file of PostgreSQL's. Storing the same once more does nothing; other content of the same name is refused.</summary>
    /// <exception cref="RecoveryException">It is not WAL; or there is another file of its name.</exception>
    public async Task StoreAsync(string path, CancellationToken cancel)
    {
        var file = WalFile.Parse(path) ?? throw new RecoveryException($"{path} is not a file that PostgreSQL archives: call this by archive_command, with %p.");

        if (file.IsSegment)
        {
            await WalHeader.ReadAsync(file, cancel);
        }

        await using var held = await HeldFile.TakeAsync($"{directory}.lock", $"Somebody else stores WAL in {directory}.", patience ?? HeldFile.Patience, cancel);
        Directory.CreateDirectory(directory);

        if (Files().FirstOrDefault(stored => stored.Name == file.Name) is { } before)
        {
            await RefuseOtherAsync(before, path, cancel);
        }
        else
        {
            await WriteAsync(file, cancel);
        }

        // Of what is stored already as well: whoever stored it may have got no further.
        await BackupStore.SyncAsync(directory, cancel);
    }

    /// <summary>Why nothing leads from a backup to a timeline: it was made on another one, after that had been left. Null if something may.</summary>
    /// <param name="manifest">The backup.</param>
    /// <param name="timeline">The timeline; null for the newest.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<string?> RefusalOfAsync(BackupManifest manifest, uint? timeline, CancellationToken cancel)
    {
        var lineage = await LineageAsync(manifest.Start!.Timeline, timeline, cancel);

        return lineage.GoesOnFrom(manifest.End!) ? null
            : $"timeline {lineage.Timeline} does not go on from where it was made, on timeline {manifest.Start.Timeline}";
    }

    /// <summary>Unpacks what leads on from a backup, and makes sure that nothing is missing in between.</summary>
    /// <param name="manifest">The backup.</param>
    /// <param name="request">Up to when, and along which timeline.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">Something is missing, or not what was written, or not of this cluster; or which timeline is meant cannot be told.</exception>
    public async Task<WalPath> UnpackAsync(BackupManifest manifest, RestoreRequest request, string target, CancellationToken cancel)
    {
        var (size, start) = (manifest.WalSegmentSize, manifest.Start!);
        var lineage = await LineageAsync(start.Timeline, request.Timeline, cancel);

        if (await RefusalOfAsync(manifest, request.Timeline, cancel) is { } refusal)
        {
            throw new RecoveryException($"Nothing leads on from this backup: {refusal}.");
        }

        // What recovery asks for, and no more: what is older may have been encrypted with another key.
        List<WalFile> files = [.. Files().Where(file => file.IsSegment && file.Timeline >= start.Timeline && file.Number(size) >= start.Segment(size))];

        if (request is { At: not null, Timeline: null } && lineage.Left.FirstOrDefault(place => files.Any(file => file.Timeline == place.Timeline && file.Number(size) > place.Segment(size))) is { } left)
        {
            throw new RecoveryException(
                $"Timeline {left.Timeline} holds more than what timeline {lineage.Timeline} goes on from: --at alone does not tell which of them is meant. "
                    + $"Say --timeline {left.Timeline} for a moment before the restore that began the other, or --timeline {lineage.Timeline} for one after it.");
        }

        // All of them: PostgreSQL gives the timeline that it begins a number that none has.
        foreach (var history in Files().Where(file => file.IsHistory && file.Timeline > start.Timeline))
        {
            await UnpackAsync(history, manifest, Path.Combine(target, history.Name), cancel);
        }

        var path = WalPath.Follow(manifest, lineage, Unambiguous(files), directory, isOfMoment: request.At is not null);

        foreach (var file in path.Files)
        {
            try
            {
                await UnpackAsync(file, manifest, Path.Combine(target, file.Name), cancel);
            }
            catch (RecoveryException exception) when (request.At is not null)
            {
                File.Delete(Path.Combine(target, file.Name));
                return path.Before(file, size, exception.Message);
            }
        }

        return path;
    }

    /// <summary>Deletes what belongs to the segments before one, and what was left by calls that did not end.</summary>
    public void Prune(ulong first, long segmentSize)
    {
        var left = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, ".*").Where(file => File.GetLastWriteTimeUtc(file) < DateTime.UtcNow.AddDays(-1))
            : [];

        foreach (var file in Files().Where(file => file.Number(segmentSize) < first).Select(file => file.Path).Concat(left))
        {
            File.Delete(file);
        }
    }

    // A timeline that somebody has written to has a history, the first one apart.
    private async Task<TimelineHistory> LineageAsync(uint start, uint? timeline, CancellationToken cancel)
    {
        var files = Files().ToList();
        var wanted = timeline ?? files.Select(file => file.Timeline).Append(start).Max();

        if (wanted == start || wanted == FirstTimeline)
        {
            return new(wanted, []);
        }

        var history = files.FirstOrDefault(file => file.IsHistory && file.Timeline == wanted) ?? throw new RecoveryException(
            $"{directory} lacks {wanted:X8}.history, which tells where the timeline begins whose WAL is there: bring it by backup wal from pg_wal of the server that wrote that.");
        using var text = new MemoryStream();
        await UnpackAsync(history, text, cancel);

        return TimelineHistory.Parse(history, Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }

    private List<WalFile> Unambiguous(List<WalFile> files) => files.GroupBy(file => file.Name).FirstOrDefault(same => same.Count() > 1) is { } twice
        ? throw new RecoveryException($"{directory} holds two files {twice.Key}: two servers have archived to it, and which one is right nobody can tell.")
        : files;

    private async Task WriteAsync(WalFile file, CancellationToken cancel)
    {
        var partial = Path.Combine(directory, $".{file.Name}.{Environment.ProcessId}");

        try
        {
            var stored = await StoredFile.WriteAsync(partial, file.Name, key, async stream =>
            {
                await using var source = File.OpenRead(file.Path);
                await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                await source.CopyToAsync(gzip, cancel);
            });
            File.Move(partial, Path.Combine(directory, $"{file.Name}-{stored.Sha256}{Compressed}{(key is null ? "" : EncryptedFile.Ending)}"), overwrite: false);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task UnpackAsync(WalFile file, BackupManifest manifest, string path, CancellationToken cancel)
    {
        if (manifest.Key is not null && !file.Path.EndsWith(EncryptedFile.Ending, StringComparison.Ordinal))
        {
            throw new RecoveryException($"{file.Path} is not encrypted, and the backup is: whoever can write there could have made it.");
        }

        await using (var unpacked = new FileStream(path, Postgres.PrivateFile.NewFile))
        {
            await UnpackAsync(file, unpacked, cancel);
        }

        if (file.IsSegment && await WalHeader.ReadAsync(file with { Path = path }, cancel) is var header && (header.System, header.SegmentSize) != (manifest.SystemIdentifier, manifest.WalSegmentSize))
        {
            throw new RecoveryException($"{file.Path} was written by another cluster than the backup's: give each a directory of its own.");
        }
    }

    private async Task UnpackAsync(WalFile file, Stream target, CancellationToken cancel)
    {
        // Small, and read as a whole.
        var bytes = await File.ReadAllBytesAsync(file.Path, cancel);

        if (file.Sha256 != Convert.ToHexStringLower(SHA256.HashData(bytes)))
        {
            throw new RecoveryException($"{file.Path} is corrupted: its SHA-256 is not the one in its name.");
        }

        try
        {
            await using Stream content = !file.Path.EndsWith(EncryptedFile.Ending, StringComparison.Ordinal) ? new MemoryStream(bytes)
                : key is not null ? new DecryptingStream(new MemoryStream(bytes), key, file.Name, file.Path)
                : throw new RecoveryException($"{file.Path} is encrypted: name its key by Backup:KeyFile.");
            await using var gzip = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            await gzip.CopyToAsync(target, cancel);
            await content.CopyToAsync(Stream.Null, cancel);
        }
        catch (InvalidDataException exception)
        {
            throw new RecoveryException($"{file.Path} is corrupted: {exception.Message}", exception);
        }
    }

    private async Task RefuseOtherAsync(WalFile stored, string path, CancellationToken cancel)
    {
        using var unpacked = new MemoryStream();
        await UnpackAsync(stored, unpacked, cancel);
        await using var offered = File.OpenRead(path);

        if (!(await SHA256.HashDataAsync(offered, cancel)).AsSpan().SequenceEqual(SHA256.HashData(unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length))))
        {
            throw new RecoveryException(
                $"{stored.Path} is there already, and {path} is another one: nothing is overwritten. Do two servers archive to the same directory? Give each its own.");
        }
    }

    private IEnumerable<WalFile> Files() =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal).Select(WalFile.ParseStored).OfType<WalFile>() : [];
}
