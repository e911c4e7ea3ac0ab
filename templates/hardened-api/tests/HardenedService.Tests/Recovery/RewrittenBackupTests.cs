using System.Security.Cryptography;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Readiness;

namespace HardenedService.Tests.Recovery;

/// <summary>Backups whose sums are right, and which are not what they say.</summary>
[Wall("K6")]
[Collection(nameof(RecoveryScene))]
public sealed class RewrittenBackupTests(RecoveryScene scene)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_harmed_before_its_sum_was_taken_is_not_what_PostgreSQL_wrote()
    {
        var backups = scene.NewPath();
        var backup = await BackUpAsync(backups);
        var tar = Path.Combine(backup.Directory, "base.tar");
        var content = await File.ReadAllBytesAsync(tar, Cancel);

        // In a database that nobody asks: what is called so begins behind its header.
        content[content.AsSpan().IndexOf("base/1/PG_VERSION\0"u8) + 512] ^= 1;
        await File.WriteAllBytesAsync(tar, content, Cancel);
        await RewriteAsync(backup, backup.Manifest with { Files = [new("base.tar", content.Length, Convert.ToHexStringLower(SHA256.HashData(content)))] });

        var (exitCode, output, error) = await scene.CallAsync(backups, "restore-drill");

        Assert.True(exitCode == 1, output + error);
        Assert.Contains($"{backup.Directory} is not what PostgreSQL wrote: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_drill_finds_is_a_failure_and_written_down()
    {
        var backups = scene.NewPath();
        var backup = await BackUpAsync(backups);
        await scene.Database.PlantAsync(EvidenceKind.RestoreDrill, """{"lostSeconds":1,"tookSeconds":2,"apiStarted":true}""", TimeSpan.FromMinutes(5));
        var (tables, level) = (new Dictionary<string, TableCount>(backup.Manifest.Tables) { ["nowhere.rows"] = new(3, 3, 0) }, backup.Manifest.MigrationLevel);
        await RewriteAsync(backup, backup.Manifest with { Tables = tables, MigrationLevel = level + 1 });

        var (exitCode, output, error) = await scene.CallAsync(backups, "restore-drill");

        Assert.True(exitCode == 1, output + error);
        Assert.Contains("NOT SOUND: The table nowhere.rows is not there; it had 3 rows.", output, StringComparison.Ordinal);
        Assert.Contains($"NOT SOUND: The schema is at {level}, and was at {level + 1} at the backup.", output, StringComparison.Ordinal);
        (await new RestoreDrilled().LookAsync(scene.Database)).Is(CheckStatus.Fail, "The table nowhere.rows is not there");
    }

    private async Task<StoredBackup> BackUpAsync(string backups)
    {
        await scene.BackUpAsync(backups);

        return Assert.Single((await new BackupStore(backups, null).ReadAsync(Cancel)).Backups);
    }

    private static async Task RewriteAsync(StoredBackup backup, BackupManifest manifest)
    {
        File.Delete(Path.Combine(backup.Directory, BackupManifest.FileName));
        File.Delete(Path.Combine(backup.Directory, BackupManifest.SumName));
        await manifest.WriteAsync(backup.Directory, null);
    }
}
