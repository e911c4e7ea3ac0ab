using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// The WAL that PostgreSQL has finished with, segment by segment, compressed: <c>archive_command</c> brings it here, and it leads from a backup to any
/// moment after it. A file's name holds the SHA-256 of what lies there, since the sum inside of a compressed file is not looked at by every reader.
/// </summary>
internal sealed partial class WalArchive(string directory)
{
    private const string Compressed = ".gz";

    /// <summary>Stores a file of PostgreSQL's. Storing the same once more does nothing; other content of the same name is refused.</summary>
    /// <exception cref="RecoveryException">Its name is not one of WAL; or there is another file of its name.</exception>
    public async Task StoreAsync(string path, BackupKey? key, CancellationToken cancel)
    {
        var name = Path.GetFileName(path);

        if (WalName().Match(name).Value != name)
        {
            throw new RecoveryException($"{path} is not a file that PostgreSQL archives: call this by archive_command, with %p.");
        }

        Directory.CreateDirectory(directory);

        if (Files().FirstOrDefault(file => NameOf(file) == name) is { } before)
        {
            await RefuseOtherAsync(before, path, key, cancel);
            return;
        }

        var partial = Path.Combine(directory, $".{name}.{Environment.ProcessId}");

        try
        {
            var stored = await StoredFile.WriteAsync(partial, name, key, async stream =>
            {
                await using var source = File.OpenRead(path);
                await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                await source.CopyToAsync(gzip, cancel);
            });
            File.Move(partial, Path.Combine(directory, $"{name}-{stored.Sha256}{Compressed}{(key is null ? "" : EncryptedFile.Ending)}"), overwrite: false);
            await BackupStore.SyncAsync(directory, cancel);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Unpacks what leads on from a backup, and makes sure that nothing is missing in between.</summary>
    /// <param name="from">The first segment that the backup needs.</param>
    /// <param name="to">The last segment that is in the backup itself.</param>
    /// <param name="segmentSize">The length of a segment in bytes.</param>
    /// <param name="target">Where to.</param>
    /// <param name="key">The key, for what is encrypted.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How many segments there are that the backup itself does not hold.</returns>
    /// <exception cref="RecoveryException">One is missing, or not what was written.</exception>
    public async Task<int> UnpackAsync(ulong from, ulong to, long segmentSize, string target, BackupKey? key, CancellationToken cancel)
    {
        List<string> files = [.. Files().Where(file => NumberOf(file, segmentSize) is not { } number || number >= from)];
        var expected = to + 1;

        foreach (var number in files.Select(file => NumberOf(file, segmentSize)).OfType<ulong>().Where(number => number > to).Distinct().Order())
        {
            if (number != expected)
            {
                throw new RecoveryException(
                    $"{directory} lacks the WAL segment {SegmentName(expected, segmentSize)} (on whichever timeline): there is nothing between the backup and {SegmentName(number, segmentSize)} to lead there. "
                        + "Restore to a moment before, from a copy of the archive that has it, or from a newer backup.");
            }

            expected++;
        }

        if (files.GroupBy(NameOf).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new RecoveryException($"{directory} holds two files {twice.Key}: two servers have archived to it, and which one is right nobody can tell.");
        }

        foreach (var file in files)
        {
            await using var content = await OpenAsync(file, key, cancel);
            var path = Path.Combine(target, NameOf(file));
            await using var unpacked = new FileStream(path, Postgres.PrivateFile.NewFile);
            await UnpackAsync(file, content, unpacked, cancel);

            if (NumberOf(file, segmentSize) is not null && unpacked.Length != segmentSize)
            {
                throw new RecoveryException($"{file} is corrupted: it unpacks to {unpacked.Length} bytes, and a segment has {segmentSize}.");
            }
        }

        return (int)(expected - to - 1);
    }

    /// <summary>Deletes the segments before one, and what was left by calls that did not end.</summary>
    public void Prune(ulong first, long segmentSize)
    {
        var left = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, ".*").Where(file => File.GetLastWriteTimeUtc(file) < DateTime.UtcNow.AddDays(-1))
            : [];

        foreach (var file in Files().Where(file => NumberOf(file, segmentSize) < first).Concat(left))
        {
            File.Delete(file);
        }
    }

    /// <summary>The number of a segment in the order of all, whichever timeline it is on; null for another file, such as a timeline's history.</summary>
    internal static ulong? NumberOf(string file, long segmentSize) =>
        NameOf(file) is { Length: 24 } name
            ? (ulong.Parse(name.AsSpan(8, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture) * (0x1_0000_0000UL / (ulong)segmentSize))
                + ulong.Parse(name.AsSpan(16, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : null;

    // As its name ends, after the timeline.
    private static string SegmentName(ulong number, long segmentSize)
    {
        var inFile = 0x1_0000_0000UL / (ulong)segmentSize;

        return string.Create(CultureInfo.InvariantCulture, $"…{number / inFile:X8}{number % inFile:X8}");
    }

    private static string NameOf(string file) => WalName().Match(Path.GetFileName(file)).Value;

    private static async Task UnpackAsync(string file, Stream content, Stream target, CancellationToken cancel)
    {
        try
        {
            await using var gzip = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
            await gzip.CopyToAsync(target, cancel);
            await content.CopyToAsync(Stream.Null, cancel);
        }
        catch (InvalidDataException exception)
        {
            throw new RecoveryException($"{file} is corrupted: {exception.Message}", exception);
        }
    }

    private static async Task<Stream> OpenAsync(string file, BackupKey? key, CancellationToken cancel)
    {
        // Small, and read as a whole.
        var bytes = await File.ReadAllBytesAsync(file, cancel);
        var content = new MemoryStream(bytes);

        if (StoredName().Match(Path.GetFileName(file)).Groups["sum"].Value != Convert.ToHexStringLower(SHA256.HashData(bytes)))
        {
            throw new RecoveryException($"{file} is corrupted: its SHA-256 is not the one in its name.");
        }

        return !file.EndsWith(EncryptedFile.Ending, StringComparison.Ordinal) ? content
            : key is not null ? new DecryptingStream(content, key, NameOf(file), file)
            : throw new RecoveryException($"{file} is encrypted: name its key by Backup:KeyFile.");
    }

    private static async Task RefuseOtherAsync(string stored, string path, BackupKey? key, CancellationToken cancel)
    {
        using var unpacked = new MemoryStream();
        await using var content = await OpenAsync(stored, key, cancel);
        await UnpackAsync(stored, content, unpacked, cancel);
        await using var offered = File.OpenRead(path);

        if (!(await SHA256.HashDataAsync(offered, cancel)).AsSpan().SequenceEqual(SHA256.HashData(unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length))))
        {
            throw new RecoveryException(
                $"{stored} is there already, and {path} is another one: nothing is overwritten. Do two servers archive to the same directory? Give each its own.");
        }
    }

    private IEnumerable<string> Files() =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory).Where(file => StoredName().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal) : [];

    // Segments, half of one at whose end another timeline begins, the histories of timelines, and the labels of backups.
    [GeneratedRegex(@"^([0-9A-F]{24}(\.[0-9A-F]{8}\.backup|\.partial)?|[0-9A-F]{8}\.history)(?=$|-)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WalName();

    [GeneratedRegex(@"^([0-9A-F]{24}(\.[0-9A-F]{8}\.backup|\.partial)?|[0-9A-F]{8}\.history)-(?<sum>[0-9a-f]{64})\.gz(\.enc)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StoredName();
}
