using System.Diagnostics;
using HardenedService.Dev;
using HardenedService.Operations;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Recovery;

/// <summary>What goes wrong is told with its place, and leaves nothing that looks like a backup.</summary>
public sealed class BackupFaultTests(RecoveryScene scene) : IClassFixture<RecoveryScene>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Wall("K6")]
    public async Task A_flipped_byte_anywhere_a_missing_file_and_a_wrong_key_fail_with_their_place()
    {
        var (plain, sealedUp, key) = (scene.NewPath(), scene.NewPath(), ("Backup:KeyFile", (string?)scene.NewKey()));
        await scene.BackUpAsync(plain);
        await scene.BackUpAsync(sealedUp, key);
        await scene.ArchiveAsync(plain);
        await scene.ArchiveAsync(sealedUp, key);
        await scene.ArchiveAsync(plain);

        await FailsAsync(plain, "base.tar", Flip, "its SHA-256 is");
        await FailsAsync(plain, "base.tar", path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^512]), "bytes, and ");
        await FailsAsync(plain, "base.tar", File.Delete, "is missing");
        await FailsAsync(plain, BackupManifest.FileName, Flip, "is corrupted");
        await FailsAsync(plain, $"{BackupManifest.FileName}.sha256", Flip, "is corrupted");
        await FailsAsync(plain, "erasures.txt", Flip, "is corrupted");
        await FailsAsync(plain, "*.gz", Flip, "is corrupted");
        await FailsAsync(plain, "*.gz", path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]), "is corrupted");
        await FailsAsync(sealedUp, "base.tar.enc", Flip, "does not open", key);
        await FailsAsync(sealedUp, "*.gz.enc", Flip, "is corrupted", key);
        await FailsAsync(sealedUp, "base.tar.enc", _ => { }, "and Backup:KeyFile holds the key", ("Backup:KeyFile", scene.NewKey()));
        await FailsAsync(sealedUp, "base.tar.enc", _ => { }, "name its file by Backup:KeyFile");

        // Of three segments that lead on from the backup the second is gone.
        await scene.ArchiveAsync(plain);
        var segments = Directory.GetFiles(Path.Combine(plain, "wal"), "*.gz").Where(file => Path.GetFileName(file)[24] == '-').Order(StringComparer.Ordinal).ToList();
        var missing = segments[^2];
        await FailsAsync(plain, Path.GetFileName(missing), File.Delete, $"lacks the WAL segment …{Path.GetFileName(missing)[8..24]}");
    }

    [Fact]
    [Wall("K6")]
    public async Task A_backup_whose_directory_vanishes_or_that_is_killed_leaves_none()
    {
        var backups = scene.NewPath();
        await scene.BackUpAsync(backups);
        var whole = Assert.Single(Names(backups));

        // While somebody holds a table, a backup waits, begun.
        var killed = await WhileHeldAsync(async () =>
        {
            using var process = Start(backups);
            await Eventually.HoldsAsync(() => Partial(backups), "a backup that has begun");
            process.Kill();
            await process.WaitForExitAsync(Cancel);

            return process.ExitCode;
        });
        Assert.NotEqual(0, killed);
        Assert.Equal([whole], Names(backups));
        Directory.Delete(Assert.Single(Directory.GetDirectories(backups, ".partial-*")), recursive: true);

        var (exitCode, _, error) = await await WhileHeldAsync(async () =>
        {
            var backup = scene.CallAsync(backups, "backup");
            await Eventually.HoldsAsync(() => Directory.GetDirectories(backups, ".partial-000002").Length == 1, "a backup that has begun");
            Directory.Move(backups, $"{backups}.gone");

            return backup;
        });
        Assert.Equal(1, exitCode);
        Assert.Contains($"The backup could not be written to {backups}", error, StringComparison.Ordinal);
        Assert.Equal([whole], Names($"{backups}.gone"));

        // The next one is whole, and clears up.
        Directory.Move($"{backups}.gone", backups);
        Assert.True(Partial(backups));
        await scene.BackUpAsync(backups);
        Assert.Equal(2, Names(backups).Length);
        Assert.False(Partial(backups));
    }

    [Fact]
    public async Task What_cannot_be_written_to_or_belongs_to_another_version_is_told_in_one_line()
    {
        var file = scene.NewKey();
        var (exitCode, output, error) = await scene.CallAsync(Path.Combine(file, "backups"), "backup");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("cannot be written to", error, StringComparison.Ordinal);
        Assert.Contains(
            "The server is PostgreSQL 14.2, and ", Assert.Throws<RecoveryException>(() => PostgresTools.Match(scene.Binaries, "14.2")).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "backup", ("Backup:Keep", "0"))).ExitCode);
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "backup", ("Backup:KeyFile", scene.NewPath()))).ExitCode);
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "restore-drill --at yesterday")).ExitCode);
    }

    [Fact]
    public async Task Old_ones_go_by_their_number_whatever_the_clock_says_and_the_last_ones_stay()
    {
        var backups = scene.NewPath();

        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.Equal(0, (await scene.CallAsync(backups, "backup --logical", ("Backup:Keep", "2"))).ExitCode);
        }

        Assert.Equal([2L, 3L], (await new BackupStore(backups).ListAsync(Cancel)).Select(backup => backup.Manifest.Sequence));

        // A clock that is ten years ahead deletes none that is kept by number, and one that is behind none by age.
        Assert.Empty(await new BackupStore(backups).PruneAsync(2, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(10), Cancel));
        Assert.Empty(await new BackupStore(backups).PruneAsync(1, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(-10), Cancel));
        Assert.Single(await new BackupStore(backups).PruneAsync(1, TimeSpan.FromDays(1), DateTimeOffset.UtcNow.AddYears(10), Cancel));
        Assert.Equal([3L], (await new BackupStore(backups).ListAsync(Cancel)).Select(backup => backup.Manifest.Sequence));
    }

    [Fact]
    public async Task WAL_is_stored_once_and_never_overwritten()
    {
        var (backups, file) = (scene.NewPath(), Path.Combine(Directory.CreateDirectory(scene.NewPath()).FullName, "000000010000000000000007"));
        await File.WriteAllTextAsync(file, "segment", Cancel);

        Assert.Equal((0, "", ""), await scene.CallAsync(backups, $"backup wal {file}"));
        Assert.Equal((0, "", ""), await scene.CallAsync(backups, $"backup wal {file}", ("Backup:KeyFile", scene.NewKey())));
        await File.WriteAllTextAsync(file, "another", Cancel);
        var (exitCode, _, error) = await scene.CallAsync(backups, $"backup wal {file}");

        Assert.Equal(1, exitCode);
        Assert.Contains("is another one: nothing is overwritten", error, StringComparison.Ordinal);
        Assert.StartsWith("000000010000000000000007-", Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(backups, "wal")))), StringComparison.Ordinal);
        Assert.Equal(1, (await scene.CallAsync(backups, "backup wal /etc/hostname")).ExitCode);
    }

    [Fact]
    public async Task What_a_restore_is_checked_for_is_found()
    {
        var backups = scene.NewPath();
        await scene.Api.NewPersonAsync(scene.Database);
        await scene.BackUpAsync(backups);
        await using var restored = await scene.RestoreAsync(backups);
        await FindsKeysAsync(restored);
        await Sql.RunAsync(
            restored.Superuser,
            """
            set session_replication_role = replica;
            insert into audit.pending values (gen_random_uuid());
            update identity.accounts set session_epoch = 5;
            delete from migrations.version_info where version = 10;
            delete from identity.accounts
            """);

        await using var output = new StringWriter();
        var check = new RestoreCheck(restored, output);
        await using var database = await LiveDatabase.OpenAsync(restored.Superuser, Cancel);
        await check.RunAsync(database, null, Cancel);

        Assert.Contains(check.Findings, finding => finding.StartsWith("The table identity.accounts has 0 rows, and had ", StringComparison.Ordinal));
        Assert.Contains(check.Findings, finding => finding.StartsWith("The constraint sessions_account_id_fkey of identity.sessions does not hold", StringComparison.Ordinal));
        Assert.Contains(check.Findings, finding => finding.StartsWith("The constraint pending_record_id_fkey", StringComparison.Ordinal));
    }

    private static void Flip(string path)
    {
        var content = File.ReadAllBytes(path);
        content[content.Length / 2] ^= 1;
        File.WriteAllBytes(path, content);
    }

    private static string[] Names(string backups) => [.. Directory.GetDirectories(backups).Select(path => Path.GetFileName(path)!).Where(name => name[0] != '.').Order()];

    private static bool Partial(string backups) => Directory.Exists(backups) && Directory.GetDirectories(backups, ".partial-*").Length > 0;

    // Breaks one file, sees the drill fail and say where, and mends it.
    private async Task FailsAsync(string backups, string pattern, Action<string> harm, string reason, params (string Key, string? Value)[] settings)
    {
        var path = Directory.GetFiles(backups, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var content = await File.ReadAllBytesAsync(path, Cancel);
        harm(path);

        var (exitCode, output, error) = await scene.CallAsync(backups, "restore-drill", settings);

        Assert.True(exitCode == 1, $"{path}: {output}{error}");
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains(Path.GetDirectoryName(path)!, error, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(path, content, Cancel);
    }

    // With the certificate that the keys are encrypted by, with another one, and with none.
    private static async Task FindsKeysAsync(RestoredDatabase restored)
    {
        using var certificates = new Certificates();
        var (right, wrong) = (certificates.KeyRing("right"), certificates.KeyRing("wrong"));
        await Sql.RunAsync(restored.Superuser, "delete from platform.data_protection_keys");
        using (var api = ApiHost.Start(restored.App, settings: new Dictionary<string, string> { ["KeyRing:Certificate:File"] = right }))
        {
            api.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Protect("something");
        }

        Assert.Equal(1, await CheckAsync(right));
        Assert.Contains("The key ring does not open", (await Assert.ThrowsAsync<RecoveryException>(() => CheckAsync(wrong))).Message, StringComparison.Ordinal);
        Assert.Null(await CheckAsync(null));

        async Task<int?> CheckAsync(string? certificate)
        {
            using var configuration = new ConfigurationManager();
            configuration["KeyRing:Certificate:File"] = certificate;

            return await KeyRingCheck.RunAsync(configuration, restored.Superuser);
        }
    }

    private async Task<T> WhileHeldAsync<T>(Func<Task<T>> act)
    {
        await using var holder = await Sql.OpenAsync(scene.Database.OwnerConnectionString);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(holder, "lock table tenancy.organizations in access exclusive mode");

        return await act();
    }

    private Process Start(string backups)
    {
        var start = new ProcessStartInfo(ApiProcess.DotnetHost, [typeof(OperationsConsole).Assembly.Location, "backup"]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["Backup__Directory"] = backups;
        start.Environment["Operations__OperatorConnectionString"] = scene.Database.OperatorConnectionString;

        return Process.Start(start)!;
    }
}
