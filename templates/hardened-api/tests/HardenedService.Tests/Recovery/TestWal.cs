using HardenedService.Operations.Recovery;

namespace HardenedService.Tests.Recovery;

/// <summary>Segments that no server has written: a first page that says which they are, and nothing behind.</summary>
internal sealed class TestWal(string backups, BackupKey? key = null)
{
    private const long System = 7_000_000_000_000_000_001;
    private const int Size = 4096;

    private readonly string _source = Directory.CreateDirectory(Path.Combine(backups, "source")).FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What is stored, by PostgreSQL's names.</summary>
    public IReadOnlyList<string> Names =>
        [.. Directory.EnumerateFiles(Path.Combine(backups, "wal")).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.').Select(name => name.Split('-')[0]).Order(StringComparer.Ordinal)];

    public static string Name(ulong number, uint timeline = 1) => $"{timeline:X8}00000000{number:X8}";

    /// <summary>A backup that begins and ends in these segments.</summary>
    public static BackupManifest Manifest(ulong first, ulong last, BackupKey? key = null, uint timeline = 1) => new()
    {
        Sequence = 1,
        Kind = BackupKind.Physical,
        StartedAt = DateTimeOffset.UtcNow,
        CompletedAt = DateTimeOffset.UtcNow,
        SystemIdentifier = System,
        ServerVersion = "17.2",
        Database = "somewhere",
        DatabaseSize = 1,
        MigrationLevel = 1,
        Superuser = "somebody",
        WalSegmentSize = Size,
        Start = new(timeline, (first * Size) + 40),
        End = new(timeline, (last * Size) + 40),
        Key = key?.Name,
        Tables = new Dictionary<string, TableCount>(),
        Files = [],
    };

    /// <summary>A segment as a server leaves it.</summary>
    public string Write(ulong number, uint timeline = 1, string? name = null, long system = System, string content = "")
    {
        var page = new byte[Size];
        BitConverter.TryWriteBytes(page.AsSpan(8), number * Size);
        BitConverter.TryWriteBytes(page.AsSpan(24), system);
        BitConverter.TryWriteBytes(page.AsSpan(32), (uint)Size);
        global::System.Text.Encoding.ASCII.GetBytes(content).CopyTo(page, 40);
        var path = Path.Combine(_source, name ?? Name(number, timeline));
        File.WriteAllBytes(path, page);

        return path;
    }

    public Task StoreAsync(ulong number, uint timeline = 1, long system = System) => Archive.StoreAsync(Write(number, timeline, system: system), Cancel);

    /// <summary>Stores another file that servers archive.</summary>
    public async Task StoreAsync(string name, string content = "")
    {
        await File.WriteAllTextAsync(Path.Combine(_source, name), content, Cancel);
        await Archive.StoreAsync(Path.Combine(_source, name), Cancel);
    }

    // With all the patience that a slow disk may need.
    public WalArchive Archive => new(Path.Combine(backups, "wal"), key, TimeSpan.FromMinutes(10));

    /// <summary>Unpacks what leads on from a backup, as if to restore it. What was unpacked, by PostgreSQL's names, histories apart.</summary>
    public async Task<(WalPath Path, IReadOnlyList<string> Unpacked)> UnpackAsync(BackupManifest manifest, DateTimeOffset? at = null, uint? timeline = null)
    {
        var target = Directory.CreateDirectory(Path.Combine(backups, $"{Guid.NewGuid():N}")).FullName;
        var path = await Archive.UnpackAsync(manifest, new(new BackupStore(backups, key), at, BackupKind.Physical) { Timeline = timeline }, target, Cancel);

        return (path, [.. Directory.EnumerateFiles(target).Select(file => Path.GetFileName(file)).Where(name => !name.EndsWith(".history", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]);
    }
}
