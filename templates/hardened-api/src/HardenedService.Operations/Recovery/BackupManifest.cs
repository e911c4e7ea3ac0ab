using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HardenedService.Operations.Recovery;

/// <summary>How many rows a table had, before and after a backup, and how many were inserted and deleted meanwhile.</summary>
internal sealed record TableCount(long Before, long After, long Writes);

/// <summary>What a backup is. It lies beside its files, with its own sum beside it, and one that only who has the key could make.</summary>
internal sealed record BackupManifest
{
    public const string FileName = "manifest.json";
    public const string SumName = $"{FileName}.sum";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectNullableAnnotations = true };

    /// <summary>Backups are ordered by this number, and by no clock.</summary>
    public required long Sequence { get; init; }

    /// <summary><see cref="BackupKind.Physical"/> or <see cref="BackupKind.Logical"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>By the clock of the database.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When all of it had come here. What was committed in the moments before, while its last WAL was on the way, may not be in it.</summary>
    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>What PostgreSQL tells clusters apart by.</summary>
    public required long SystemIdentifier { get; init; }

    /// <summary>PostgreSQL's version, such as 17.2.</summary>
    public required string ServerVersion { get; init; }

    public required string Database { get; init; }

    /// <summary>The size of the database, in bytes.</summary>
    public required long DatabaseSize { get; init; }

    /// <summary>The newest migration that was applied.</summary>
    public required long MigrationLevel { get; init; }

    /// <summary>The role that the cluster was made with, whom a restored one is entered as.</summary>
    public required string Superuser { get; init; }

    /// <summary>The length of a WAL segment in bytes.</summary>
    public required long WalSegmentSize { get; init; }

    /// <summary>Where in the WAL a physical backup begins and ends; null for a logical one.</summary>
    public WalPosition? Start { get; init; }

    /// <inheritdoc cref="Start"/>
    public WalPosition? End { get; init; }

    /// <summary>The name of the key that the files are encrypted with; null if they are not.</summary>
    public string? Key { get; init; }

    public required IReadOnlyDictionary<string, TableCount> Tables { get; init; }

    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>Writes it into the directory of its backup, and returns once it is on the disk.</summary>
    public async Task WriteAsync(string directory, BackupKey? key)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        await StoredFile.WriteAsync(Path.Combine(directory, FileName), FileName, null, stream => stream.WriteAsync(text).AsTask());
        var sums = string.Concat(new[] { null, key }.Distinct().Select(each => $"{BackupKey.Sum(each, FileName, text)}\n"));
        await StoredFile.WriteAsync(Path.Combine(directory, SumName), SumName, null, stream => stream.WriteAsync(Encoding.ASCII.GetBytes(sums)).AsTask());
    }

    /// <summary>Reads it. Whether it was written under its key only that key tells: with another one it may be looked at, and not be used.</summary>
    /// <exception cref="RecoveryException">It is missing, or not what was written.</exception>
    public static async Task<BackupManifest> ReadAsync(string directory, BackupKey? key, CancellationToken cancel)
    {
        var path = Path.Combine(directory, FileName);

        try
        {
            var text = await File.ReadAllBytesAsync(path, cancel);
            var sums = await File.ReadAllLinesAsync(Path.Combine(directory, SumName), cancel);
            var manifest = sums.FirstOrDefault() == BackupKey.Sum(null, FileName, text)
                ? JsonSerializer.Deserialize<BackupManifest>(text, Json) ?? throw new RecoveryException($"{path} describes no backup.")
                : throw new RecoveryException($"{path} is corrupted: its SHA-256 is not the one in {SumName}.");

            if (manifest.Key is { } name && name == key?.Name && sums.ElementAtOrDefault(1) != BackupKey.Sum(key, FileName, text))
            {
                throw new RecoveryException($"{path} was not written by one who has the key {name}.");
            }

            return manifest.Files.All(file => file.Name == Path.GetFileName(file.Name))
                ? manifest
                : throw new RecoveryException($"{path} names a file that does not lie beside it.");
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw new RecoveryException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>The two kinds of backups.</summary>
internal static class BackupKind
{
    /// <summary>The whole cluster, file by file: what is restored on the day, up to a moment if the WAL is archived.</summary>
    public const string Physical = "physical";

    /// <summary>One database as statements: for another version of PostgreSQL, or another machine.</summary>
    public const string Logical = "logical";
}

/// <summary>A place in the WAL.</summary>
/// <param name="Timeline">The timeline.</param>
/// <param name="Position">The position in it, in bytes.</param>
internal sealed record WalPosition(uint Timeline, ulong Position)
{
    /// <summary>A position as PostgreSQL writes it, such as 1/2A000028.</summary>
    /// <exception cref="RecoveryException">It is none.</exception>
    public static ulong Parse(string text) => TryParse(text, out var position) ? position : throw new RecoveryException($"{text} is no position in the WAL.");

    /// <inheritdoc cref="Parse"/>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out ulong position)
    {
        var halves = text.Split('/').Select(half => uint.TryParse(half, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) ? (ulong?)bits : null).ToList();
        position = halves is [{ } high, { } low] ? (high << 32) + low : 0;

        return halves is [not null, not null];
    }

    /// <summary>The number of the segment that holds it.</summary>
    public ulong Segment(long segmentSize) => Position / (ulong)segmentSize;
}
