using System.Diagnostics;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>As a person does it with PostgreSQL's own programs, in the formats and with the options that the console gives them.</summary>
internal sealed class BackupByHand(BackupSource source) : IBackupWay
{
    public string Name => "by hand";

    public async Task<BackupTimes> CopyAsync(string folder, CancellationToken cancel)
    {
        var backup = Path.Combine(folder, "backup");
        var made = await RunAsync(
            source.Postgres.Tool("pg_basebackup"), cancel, "--pgdata", backup, "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-password");

        var watch = Stopwatch.StartNew();
        var restored = Directory.CreateDirectory(Path.Combine(folder, "restored")).FullName;
        var data = Path.Combine(restored, "pgdata");
        Directory.CreateDirectory(data);

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await RunAsync("tar", cancel, "--extract", "--file", Path.Combine(backup, "base.tar"), "--directory", data);
        await RunAsync(source.Postgres.Tool("pg_verifybackup"), cancel, "--manifest-path", Path.Combine(backup, "backup_manifest"), data);
        await ClusterAccount.Choose().GiveAsync([data], cancel);

        // What makes a directory one that a private cluster is started on: its password is that of the one that was backed up.
        File.Copy(Path.Combine(source.Directory, "superuser.password"), Path.Combine(restored, "superuser.password"));
        await File.WriteAllTextAsync(Path.Combine(restored, "cluster.lock"), "", cancel);
        await using var server = await LocalCluster.StartAsync(new() { DataDirectory = restored, Binaries = source.Postgres }, cancel);

        return new(made.Time, watch.Elapsed, null);
    }

    public async Task<BackupTimes> DumpAsync(string folder, CancellationToken cancel)
    {
        var dump = Path.Combine(folder, "database.dump");
        var made = await RunAsync(source.Postgres.Tool("pg_dump"), cancel, "--format=custom", "--file", dump, "--no-password");

        // The roles that own what is in it have to be there.
        var watch = Stopwatch.StartNew();
        await using var server = await LocalCluster.StartAsync(new() { DataDirectory = Path.Combine(folder, "restored"), Binaries = source.Postgres }, cancel);
        var loading = BackupSource.Connect(source.Console, server.ConnectionString(BackupSource.Database));
        await loading.With(("Operations__AdminConnectionString", server.ConnectionString())).CallAsync(["provision", "--database", BackupSource.Database], cancel);
        await loading.RunAsync(new(source.Postgres.Tool("pg_restore"), ["--dbname", BackupSource.Database, "--exit-on-error", "--no-password", dump]), cancel);

        return new(made.Time, watch.Elapsed, null);
    }

    private Task<Ran> RunAsync(string program, CancellationToken cancel, params string[] arguments) => source.Console.RunAsync(new(program, arguments), cancel);
}
