using System.Security.Cryptography;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Recovery;

/// <summary>What of archived WAL is taken in, and where it leads to.</summary>
public sealed class WalArchiveTests : IDisposable
{
    private const int AtOnce = 14;
    private const int Rounds = 5;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WAL_is_stored_once_and_never_overwritten()
    {
        var wal = new TestWal(_directory.FullName, NewKey());
        var file = wal.Write(7);

        await wal.Archive.StoreAsync(file, Cancel);
        await wal.Archive.StoreAsync(file, Cancel);
        Assert.Equal([TestWal.Name(7)], wal.Names);

        wal.Write(7, content: "another");
        Assert.Contains("is another one: nothing is overwritten", await RefusalAsync(file), StringComparison.Ordinal);
        await wal.StoreAsync($"{TestWal.Name(7)}.partial");
        await wal.StoreAsync($"{TestWal.Name(7)}.00000028.backup");
        await wal.StoreAsync("00000002.history");
        Assert.Equal([TestWal.Name(7), $"{TestWal.Name(7)}.00000028.backup", $"{TestWal.Name(7)}.partial", "00000002.history"], wal.Names);

        // What lies in pg_wal is not all WAL: another file, a segment to be used again, one whose copy is half.
        Assert.Contains("is not a file that PostgreSQL archives", await RefusalAsync("/etc/hostname"), StringComparison.Ordinal);
        Assert.Contains("is not the segment that it is called", await RefusalAsync(wal.Write(7, name: TestWal.Name(9))), StringComparison.Ordinal);
        var half = wal.Write(8);
        await File.WriteAllBytesAsync(half, (await File.ReadAllBytesAsync(half, Cancel))[..^1], Cancel);
        Assert.Contains("is not the segment that it is called", await RefusalAsync(half), StringComparison.Ordinal);

        async Task<string> RefusalAsync(string path) => (await Assert.ThrowsAsync<RecoveryException>(() => wal.Archive.StoreAsync(path, Cancel))).Message;
    }

    [Fact]
    public async Task WAL_that_is_stored_by_many_at_once_is_there_once()
    {
        var wal = new TestWal(_directory.FullName, NewKey());

        foreach (var number in Enumerable.Range(1, Rounds))
        {
            var file = wal.Write((ulong)number);
            using var gate = new Barrier(AtOnce);
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    gate.SignalAndWait(Cancel);
                    return wal.Archive.StoreAsync(file, Cancel);
                },
                Cancel,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
        }

        Assert.Equal(Rounds, wal.Names.Count);
    }

    [Fact]
    [Wall("K6")]
    public async Task WAL_without_its_key_or_of_another_cluster_or_with_a_gap_leads_nowhere()
    {
        var (plain, key) = (new TestWal(_directory.FullName), NewKey());
        var manifest = TestWal.Manifest(3, 4);
        await plain.StoreAsync(4);
        await plain.StoreAsync(5);
        Assert.Equal(("current", 1, 5 * 4096UL), await PathAsync(plain, manifest));
        Assert.Contains("is not encrypted, and the backup is", await RefusalAsync(new(_directory.FullName, key), TestWal.Manifest(3, 4, key)), StringComparison.Ordinal);

        await plain.StoreAsync(7);
        Assert.Contains($"lacks the WAL segment {TestWal.Name(6)}", await RefusalAsync(plain, manifest), StringComparison.Ordinal);
        await plain.StoreAsync(6, system: 42);
        Assert.Contains("was written by another cluster", await RefusalAsync(plain, manifest), StringComparison.Ordinal);

        // What another key has encrypted matters to those backups that need it.
        var sealedUp = new TestWal(_directory.CreateSubdirectory("rotated").FullName, key);
        var rotated = new TestWal(Path.Combine(_directory.FullName, "rotated"), NewKey());
        await sealedUp.StoreAsync(8, timeline: 2);
        await sealedUp.StoreAsync("00000002.history", "1\t0/5000\tno reason\n");
        await sealedUp.StoreAsync($"{TestWal.Name(8, 2)}.00000028.backup");
        await rotated.StoreAsync(9, timeline: 2);
        await rotated.StoreAsync(10, timeline: 2);
        Assert.Equal(("current", 1, 10 * 4096UL), await PathAsync(rotated, TestWal.Manifest(9, 9, timeline: 2)));
        Assert.Contains("and Backup:KeyFile holds the key", await RefusalAsync(rotated, TestWal.Manifest(7, 7, timeline: 2)), StringComparison.Ordinal);
    }

    [Fact]
    [Wall("K6")]
    public async Task WAL_leads_along_the_newest_timeline_whose_history_there_has_to_be()
    {
        var wal = new TestWal(_directory.FullName);
        var manifest = TestWal.Manifest(3, 4);
        await wal.StoreAsync(5);
        await wal.StoreAsync(6);
        await wal.StoreAsync(7);
        await wal.StoreAsync(6, timeline: 2);
        Assert.Contains("lacks 00000002.history", await RefusalAsync(wal, manifest), StringComparison.Ordinal);

        // What the first timeline wrote after the second had left it does not count.
        await wal.StoreAsync("00000002.history", "1\t0/6028\tno recovery target specified\n");
        Assert.Equal(("2", 2, 6 * 4096UL), await PathAsync(wal, manifest));
        await wal.StoreAsync("00000003.history", "1\t0/6028\tno recovery target specified\n2\t0/7028\tno recovery target specified\n");
        Assert.Equal(("3", 2, 6 * 4096UL), await PathAsync(wal, manifest));
        await wal.StoreAsync("00000004.history", "1\tx\ty\n");
        Assert.Contains("is no history of a timeline", await RefusalAsync(wal, manifest), StringComparison.Ordinal);
    }

    [Fact]
    [Wall("K6")]
    public async Task Where_two_timelines_were_written_each_is_restored_as_it_was_and_a_moment_alone_is_refused()
    {
        var (wal, manifest, at) = (new TestWal(_directory.FullName), TestWal.Manifest(3, 4), DateTimeOffset.UnixEpoch);

        foreach (var number in new ulong[] { 5, 6, 7, 8, 9 })
        {
            await wal.StoreAsync(number);
        }

        await wal.StoreAsync("00000002.history", "1\t0/6028\tbefore a mistake\n");

        // The second has stored nothing yet: it begins in a segment whose rest is what was restored away.
        Assert.Equal([TestWal.Name(5)], (await wal.UnpackAsync(manifest)).Unpacked);
        await wal.StoreAsync(6, timeline: 2);
        Assert.Equal([TestWal.Name(5), TestWal.Name(6, 2)], (await wal.UnpackAsync(manifest)).Unpacked);

        Assert.Contains("Say --timeline 1 for a moment before", (await Assert.ThrowsAsync<RecoveryException>(() => wal.UnpackAsync(manifest, at))).Message, StringComparison.Ordinal);
        var left = await wal.UnpackAsync(manifest, at, timeline: 1);
        Assert.Equal(("current", 5, null), (left.Path.Timeline, left.Unpacked.Count, left.Path.Ends));
        Assert.Equal([TestWal.Name(5), TestWal.Name(6, 2)], (await wal.UnpackAsync(manifest, at, timeline: 2)).Unpacked);

        // Nothing of the second leads from a backup that was made of the first after it had been left.
        Assert.Contains("does not go on from where it was made", await RefusalAsync(wal, TestWal.Manifest(8, 8)), StringComparison.Ordinal);
        Assert.Equal([TestWal.Name(9)], (await wal.UnpackAsync(TestWal.Manifest(8, 8), timeline: 1)).Unpacked);
        Assert.Contains("does not go on from where it was made", (await Assert.ThrowsAsync<RecoveryException>(() => wal.UnpackAsync(TestWal.Manifest(6, 6, timeline: 2), timeline: 1))).Message, StringComparison.Ordinal);

        // What the second lacks, the first has, and it is not the same.
        await wal.StoreAsync(8, timeline: 2);
        Assert.Contains($"lacks the WAL segment {TestWal.Name(7, 2)}", await RefusalAsync(wal, manifest), StringComparison.Ordinal);
    }

    [Fact]
    [Wall("K6")]
    public async Task A_moment_is_restored_though_something_is_wrong_with_the_WAL_after_it()
    {
        var (wal, manifest, at) = (new TestWal(_directory.FullName), TestWal.Manifest(3, 4), DateTimeOffset.UnixEpoch);
        await wal.StoreAsync(5);
        await wal.StoreAsync(7);
        var gap = await wal.UnpackAsync(manifest, at);
        Assert.Equal([TestWal.Name(5)], gap.Unpacked);
        Assert.Contains("lacks the WAL segment", gap.Path.Ends, StringComparison.Ordinal);

        // By another key.
        await new TestWal(_directory.FullName, NewKey()).StoreAsync(6);
        Assert.Contains("is encrypted", await RefusalAsync(wal, manifest), StringComparison.Ordinal);
        var other = await wal.UnpackAsync(manifest, at);
        Assert.Equal([TestWal.Name(5)], other.Unpacked);
        Assert.Equal((5 * 4096UL, true), (other.Path.Reaches, other.Path.Ends!.Contains("is encrypted", StringComparison.Ordinal)));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task<(string, int, ulong)> PathAsync(TestWal wal, BackupManifest manifest) =>
        await wal.UnpackAsync(manifest) is var (path, unpacked) ? (path.Timeline, unpacked.Count, path.Reaches) : default;

    private static async Task<string> RefusalAsync(TestWal wal, BackupManifest manifest) => (await Assert.ThrowsAsync<RecoveryException>(() => wal.UnpackAsync(manifest))).Message;

    private BackupKey NewKey()
    {
        var path = Path.Combine(_directory.FullName, $"{Guid.NewGuid():N}");
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        return BackupKey.Read(path);
    }
}
