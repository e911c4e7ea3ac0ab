using System.IO.Compression;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Readiness;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Recovery;

/// <summary>What is wrong with a backup is told with its place.</summary>
[Collection(nameof(RecoveryScene))]
public sealed class BackupFaultTests(RecoveryScene scene)
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
        await FailsAsync(plain, BackupManifest.SumName, Flip, "is corrupted");
        await FailsAsync(plain, "erasures.txt", Flip, "is corrupted");
        await FailsAsync(plain, "*.gz", Flip, "is corrupted");
        await FailsAsync(plain, "*.gz", path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^9]), "is corrupted");
        await FailsAsync(sealedUp, "base.tar.enc", Flip, "does not open", key);
        await FailsAsync(sealedUp, "*.gz.enc", Flip, "is corrupted", key);
        await FailsAsync(sealedUp, "base.tar.enc", _ => { }, "and Backup:KeyFile holds the key", ("Backup:KeyFile", scene.NewKey()));
        await FailsAsync(sealedUp, "base.tar.enc", _ => { }, "name its file by Backup:KeyFile");
        await FailsAsync(plain, "base.tar", _ => { }, "is not encrypted, and Backup:KeyFile names a key", key);

        // Of three segments that lead on from the backup the second is gone.
        await scene.ArchiveAsync(plain);
        var segments = Directory.GetFiles(Path.Combine(plain, "wal"), "*.gz").Where(file => Path.GetFileName(file)[24] == '-').Order(StringComparer.Ordinal).ToList();
        var (missing, last) = (segments[^2], segments[^1]);
        await FailsAsync(plain, Path.GetFileName(missing), File.Delete, $"lacks the WAL segment {Path.GetFileName(missing)[..24]}");

        // It is there, with its sum, and PostgreSQL cannot use it: it takes it for the end. So it does with the last one.
        foreach (var unusable in new[] { last, missing })
        {
            await ReplaceAsync(plain, unusable);
            var (exitCode, output, error) = await scene.CallAsync(plain, "restore-drill");
            Assert.True(exitCode == 1, output + error);
            Assert.Contains("PostgreSQL stopped replaying at", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_drill_that_fails_takes_back_what_the_one_before_has_proved()
    {
        var backups = scene.NewPath();
        await scene.BackUpAsync(backups);
        await scene.Database.PlantAsync(EvidenceKind.RestoreDrill, """{"lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", TimeSpan.FromMinutes(5));

        await FailsAsync(backups, "base.tar", Flip, "its SHA-256 is");

        (await new RestoreDrilled().LookAsync(scene.Database)).Is(CheckStatus.Fail, "its SHA-256 is");
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
        var foreign = scene.NewPath();
        await BackupStoreTests.PublishAsync(new(foreign, null), 1, BackupKind.Physical);
        Assert.Contains($"{foreign} holds backups of another cluster", (await scene.CallAsync(foreign, "backup")).Error, StringComparison.Ordinal);

        // Before anything is copied.
        var listed = Directory.CreateDirectory(scene.NewPath()).FullName;
        await File.WriteAllTextAsync(Path.Combine(listed, "erasures.txt"), "nobody", Cancel);
        Assert.Contains("erasures.txt is corrupted", (await scene.CallAsync(listed, "backup")).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(listed));
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "backup", ("Backup:Keep", "0"))).ExitCode);
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "backup", ("Backup:KeyFile", scene.NewPath()))).ExitCode);
        Assert.Equal(2, (await scene.CallAsync(scene.NewPath(), "restore-drill --at yesterday")).ExitCode);
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
            select audit.seal(10000);
            set session_replication_role = replica;
            update audit.records set action = 'test.changed';
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
        Assert.Contains("The audit trail is not sound: see above.", check.Findings);
    }

    private static void Flip(string path)
    {
        var content = File.ReadAllBytes(path);
        content[content.Length / 2] ^= 1;
        File.WriteAllBytes(path, content);
    }

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

    // Leaves of a segment its first page's header.
    private async Task ReplaceAsync(string backups, string stored)
    {
        var file = Path.Combine(Directory.CreateDirectory(scene.NewPath()).FullName, Path.GetFileName(stored)[..24]);
        await using (var gzip = new GZipStream(File.OpenRead(stored), CompressionMode.Decompress))
        await using (var segment = File.Create(file))
        {
            await gzip.CopyToAsync(segment, Cancel);
            segment.Position = 40;
            await segment.WriteAsync(new byte[segment.Length - segment.Position], Cancel);
        }

        File.Delete(stored);
        Assert.Equal((0, "", ""), await scene.CallAsync(backups, $"backup wal {file}"));
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
}
