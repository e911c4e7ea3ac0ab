using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Recovery;

/// <summary>What was restored for real is a server's to go on with.</summary>
[Collection(nameof(RecoveryScene))]
public sealed class RestoredServerTests(RecoveryScene scene)
{
    [Fact]
    public async Task Restored_for_real_it_lies_there_stopped_and_nowhere_else_than_in_an_empty_directory()
    {
        var (backups, target) = (scene.NewPath(), scene.NewPath());

        // Whoever obeyed this would wait for a standby that there is not.
        await Sql.RunAsync(scene.Database.AdminConnectionString, "alter system set synchronous_standby_names = 'nobody'");
        await scene.BackUpAsync(backups);
        await Sql.RunAsync(scene.Database.AdminConnectionString, "alter system reset synchronous_standby_names");

        // Two at once: one of them has the directory, and the other leaves it alone.
        var restores = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => scene.CallAsync(backups, $"restore --to {target}"))));
        var again = await scene.CallAsync(backups, $"restore --to {target}");

        var (restore, refused) = (restores.MinBy(call => call.ExitCode), restores.MaxBy(call => call.ExitCode));
        Assert.True(restore.ExitCode == 0, restore.Output + restore.Error);
        Assert.Contains("is sound, and stopped", restore.Output, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
        var data = Path.Combine(target, "pgdata");
        Assert.Equal(["PG_VERSION"], Directory.EnumerateFiles(data).Select(Path.GetFileName).Intersect(["PG_VERSION", "recovery.signal", "postmaster.pid", "backup_label"]));
        Assert.Equal(["pgdata"], Directory.EnumerateDirectories(target).Select(Path.GetFileName));
        Assert.Contains("synchronous_standby_names = 'nobody'", await File.ReadAllTextAsync(Path.Combine(data, "postgresql.auto.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"{target} is not empty: restore into a directory of its own.", again.Error, StringComparison.Ordinal);

        // Without the list, and nobody to ask, it may bring back who was erased.
        File.Delete(Path.Combine(backups, "erasures.txt"));
        var unknown = await scene.CallAsync(backups, $"restore --to {scene.NewPath()}", ("Operations:OperatorConnectionString", null));
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("erasures.txt is missing, and there is no database in use to ask", unknown.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Wall("K6")]
    public async Task What_a_restored_server_has_written_is_restored_again_from_a_backup_of_before()
    {
        var (backups, target) = (scene.NewPath(), scene.NewPath());
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "create schema lives; create table lives.marks (name text)");
        await scene.BackUpAsync(backups);
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "insert into lives.marks values ('first')");
        await scene.ArchiveAsync(backups);
        Assert.Equal(0, (await scene.CallAsync(backups, $"restore --to {target}")).ExitCode);

        // The old server writes on, and so does the new one, to the same archive.
        await Sql.RunAsync(scene.Database.OwnerConnectionString, "insert into lives.marks values ('lost')");
        await scene.ArchiveAsync(backups);
        await using (var cluster = await scene.StartAsync(target))
        {
            await Sql.RunAsync(cluster.ConnectionString("recovery"), "insert into lives.marks values ('second')");
            await scene.ArchiveAsync(cluster, backups);
        }

        await using var restored = await scene.RestoreAsync(backups);

        Assert.Equal("first second", await Sql.RunAsync(restored.Superuser, "select string_agg(name, ' ' order by name) from lives.marks"));
    }
}
