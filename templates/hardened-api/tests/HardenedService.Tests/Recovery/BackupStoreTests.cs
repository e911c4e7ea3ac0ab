using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Operations;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Recovery;

/// <summary>What lies in the directory of backups: which of it stays, and what of it is believed.</summary>
public sealed class BackupStoreTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BackupStore Store => new(_directory.FullName, null);

    [Fact]
    public async Task Old_ones_go_by_their_number_whatever_the_clock_says_and_the_last_ones_stay()
    {
        foreach (var sequence in Enumerable.Range(1, 3))
        {
            await PublishAsync(Store, sequence, BackupKind.Logical);
        }

        // A clock that is ten years ahead deletes none that is kept by number, and one that is behind none by age.
        Assert.Empty(await Store.PruneAsync(3, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(10), Cancel));
        Assert.Empty(await Store.PruneAsync(1, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(-10), Cancel));
        Assert.Single(await Store.PruneAsync(2, null, DateTimeOffset.UtcNow, Cancel));
        Assert.Single(await Store.PruneAsync(1, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(10), Cancel));
        Assert.Equal([3L], (await Store.ReadAsync(Cancel)).Backups.Select(backup => backup.Manifest.Sequence));
    }

    [Fact]
    public async Task WAL_goes_that_no_backup_needs_and_a_later_backup_may_begin_before_an_earlier_one()
    {
        var wal = new TestWal(_directory.FullName);
        await PublishAsync(Store, 1, BackupKind.Physical, start: 500);
        var later = await PublishAsync(Store, 2, BackupKind.Physical, start: 3);

        foreach (var number in new ulong[] { 2, 3, 499, 500 })
        {
            await wal.StoreAsync(number);
        }

        await wal.StoreAsync("000000010000000000000002.00000028.backup");
        var manifest = Path.Combine(later.Directory, BackupManifest.FileName);
        var content = await File.ReadAllBytesAsync(manifest, Cancel);

        // What a backup needs that cannot be read nobody knows; the others are listed all the same, and it is told.
        await File.WriteAllBytesAsync(manifest, content[1..], Cancel);
        Assert.Empty(await Store.PruneAsync(7, null, DateTimeOffset.UtcNow, Cancel));
        Assert.Equal(5, wal.Names.Count);
        var (exitCode, output, error) = await ListAsync();
        Assert.Equal(1, exitCode);
        Assert.StartsWith("000001-physical-", output, StringComparison.Ordinal);
        Assert.StartsWith($"{manifest} is corrupted", error, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(manifest, content, Cancel);
        Assert.Empty(await Store.PruneAsync(7, null, DateTimeOffset.UtcNow, Cancel));
        Assert.Equal([TestWal.Name(3), TestWal.Name(499), TestWal.Name(500)], wal.Names);
    }

    [Fact]
    public async Task One_whose_content_is_gone_or_cut_off_counts_as_none()
    {
        await PublishAsync(Store, 1, BackupKind.Physical);
        var content = Path.Combine((await PublishAsync(Store, 2, BackupKind.Physical)).Directory, "base.tar");
        File.Delete(content);
        Assert.Equal([$"{content} is missing."], (await Store.ReadAsync(Cancel)).Faults);

        await File.WriteAllTextAsync(content, "other", Cancel);
        Assert.Equal([$"{content} is corrupted: it has 5 bytes, and 0 were written."], (await Store.ReadAsync(Cancel)).Faults);
        Assert.Empty(await Store.PruneAsync(1, null, DateTimeOffset.UtcNow, Cancel));
        Assert.Equal([1L], (await Store.ReadAsync(Cancel)).Backups.Select(backup => backup.Manifest.Sequence));
    }

    [Fact]
    [Wall("K6")]
    public async Task A_manifest_or_a_list_that_somebody_without_the_key_has_written_is_refused()
    {
        var (key, store) = (NewKey(), Store);
        var sealedUp = new BackupStore(_directory.FullName, key);
        var backup = await PublishAsync(sealedUp, 1, BackupKind.Physical);
        await sealedUp.NewestFirstAsync(Cancel).FirstAsync(Cancel);
        var (manifest, sums) = (Path.Combine(backup.Directory, BackupManifest.FileName), Path.Combine(backup.Directory, BackupManifest.SumName));
        var (text, sum) = ((await File.ReadAllTextAsync(manifest, Cancel)).Replace("\"somebody\"", "\"mallory\"", StringComparison.Ordinal), await File.ReadAllLinesAsync(sums, Cancel));
        await File.WriteAllTextAsync(manifest, text, Cancel);

        foreach (var forged in new string[][] { [Sum(text)], [Sum(text), sum[1]], [Sum(text), Sum(text)] })
        {
            await File.WriteAllLinesAsync(sums, forged, Cancel);
            var refusal = await Assert.ThrowsAsync<RecoveryException>(() => sealedUp.NewestFirstAsync(Cancel).FirstAsync(Cancel).AsTask());
            Assert.Equal($"{manifest} was not written by one who has the key {key.Name}.", refusal.Message);
        }

        // Nor does it go as one that never was encrypted, or with another key.
        await File.WriteAllTextAsync(manifest, text = text.Replace($"\"{key.Name}\"", "null", StringComparison.Ordinal), Cancel);
        await File.WriteAllLinesAsync(sums, [Sum(text)], Cancel);
        Assert.Contains("is not encrypted, and Backup:KeyFile names a key", Assert.Throws<RecoveryException>(() => store.NewestFirstAsync(Cancel).ToBlockingEnumerable(Cancel).Single().Opened(key)).Message, StringComparison.Ordinal);
        Assert.Null(store.NewestFirstAsync(Cancel).ToBlockingEnumerable(Cancel).Single().Opened(null));

        // And what it names lies beside it, if it is one.
        await File.WriteAllTextAsync(manifest, text = text.Replace("\"base.tar\"", "\"../base.tar\"", StringComparison.Ordinal), Cancel);
        await File.WriteAllLinesAsync(sums, [Sum(text)], Cancel);
        Assert.Contains("names a file that does not lie beside it", (await Assert.ThrowsAsync<RecoveryException>(() => store.NewestFirstAsync(Cancel).FirstAsync(Cancel).AsTask())).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(manifest, text = "null", Cancel);
        await File.WriteAllLinesAsync(sums, [Sum(text)], Cancel);
        Assert.Contains("describes no backup", (await Assert.ThrowsAsync<RecoveryException>(() => store.NewestFirstAsync(Cancel).FirstAsync(Cancel).AsTask())).Message, StringComparison.Ordinal);

        var (list, entry) = (store.Erasures.Path, $"{Guid.NewGuid():D} {DateTimeOffset.UtcNow:O}");
        await File.WriteAllLinesAsync(list, [entry, BackupKey.Sum(key, Path.GetFileName(list), Encoding.ASCII.GetBytes(entry))], Cancel);
        Assert.Single(await sealedUp.Erasures.ReadAsync(Cancel));
        Assert.Contains($"written under the key {key.Name}, and Backup:KeyFile names none", await RefusalAsync(store), StringComparison.Ordinal);
        var other = NewKey();
        Assert.Contains($"and Backup:KeyFile holds the key {other.Name}", await RefusalAsync(new(_directory.FullName, other)), StringComparison.Ordinal);
        await File.WriteAllLinesAsync(list, [entry, Sum(entry)], Cancel);
        Assert.Contains($"written without a key, and Backup:KeyFile holds the key {key.Name}", await RefusalAsync(sealedUp), StringComparison.Ordinal);
        await File.WriteAllLinesAsync(list, [entry, BackupKey.Sum(key, "", Encoding.ASCII.GetBytes(entry))], Cancel);
        Assert.Contains("was not written by one who has the key", await RefusalAsync(sealedUp), StringComparison.Ordinal);

        async Task<string> RefusalAsync(BackupStore store) => (await Assert.ThrowsAsync<RecoveryException>(() => store.Erasures.ReadAsync(Cancel))).Message;
        static string Sum(string text) => BackupKey.Sum(null, "", Encoding.UTF8.GetBytes(text));
    }

    [Theory]
    [InlineData(10, 12, 2, 10, true)]
    [InlineData(10, 12, 2, 8, true)]
    [InlineData(10, 12, 2, 7, false)]
    [InlineData(10, 12, 2, 14, true)]
    [InlineData(10, 12, 2, 15, false)]
    [InlineData(3, 3, 0, 2, false)]
    [InlineData(3, 3, -5, 3, true)]
    [InlineData(3, 3, -5, 4, false)]
    public void A_table_has_as_many_rows_as_were_counted_give_or_take_what_was_written(long before, long after, long writes, long rows, bool isPlausible) =>
        Assert.Equal(isPlausible, RestoreCheck.IsPlausible(new(before, after, writes), rows));

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>A backup that is none, for what does not look inside.</summary>
    internal static async Task<StoredBackup> PublishAsync(BackupStore store, long sequence, string kind, ulong start = 1)
    {
        var partial = store.Begin(sequence);
        await File.WriteAllBytesAsync(Path.Combine(partial, "base.tar"), [], Cancel);

        return await store.PublishAsync(partial, TestWal.Manifest(start, start, store.Key) with { Sequence = sequence, Kind = kind, Files = [new("base.tar", 0, "")] }, Cancel);
    }

    private async Task<(int ExitCode, string Output, string Error)> ListAsync()
    {
        using var configuration = new ConfigurationManager();
        configuration["Backup:Directory"] = _directory.FullName;
        await using var output = new StringWriter();
        await using var error = new StringWriter();

        return (await OperationsConsole.InvokeAsync(["backup", "list"], configuration, output, error, Cancel), output.ToString(), error.ToString());
    }

    private BackupKey NewKey()
    {
        var path = Path.Combine(_directory.FullName, Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        return BackupKey.Read(path);
    }
}
