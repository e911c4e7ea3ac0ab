using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>What is to be restored.</summary>
/// <param name="Store">Where backups lie.</param>
/// <param name="At">Up to which moment; null for all that there is.</param>
/// <param name="Kind">Of which kind; null for the newest physical one, or logical if there is no other.</param>
internal sealed record RestoreRequest(BackupStore Store, DateTimeOffset? At, string? Kind)
{
    /// <summary>Along which timeline of the WAL. Default: null, for the newest.</summary>
    public uint? Timeline { get; init; }
}

/// <summary>Brings a backup back into an empty directory.</summary>
internal sealed class Restoration(RestoreRequest request, PostgresBinaries? binaries, TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Whether there is something in the directory that is ours to delete.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Chooses a backup, and makes sure that it goes with the key.</summary>
    /// <exception cref="RecoveryException">There is none, or it does not.</exception>
    public async Task<StoredBackup> ChooseAsync(CancellationToken cancel)
    {
        var backup = await FindAsync(cancel);
        _ = backup.Opened(request.Store.Key);

        return backup;
    }

    /// <summary>Restores, and returns with a server running on what was restored.</summary>
    /// <param name="backup">What was chosen.</param>
    /// <param name="directory">Where to; it has to be empty, or not to exist.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">It is not what was written; or the directory is somebody's.</exception>
    public async Task<RestoredDatabase> RunAsync(StoredBackup backup, string directory, CancellationToken cancel)
    {
        RefuseContent(directory);
        var manifest = backup.Manifest;
        await SayAsync($"backup {backup.Name}, made of PostgreSQL {manifest.ServerVersion}, '{manifest.Database}' ({BackupMaker.Bytes(manifest.DatabaseSize)})");
        var tools = binaries ?? PostgresBinaries.Find();

        return manifest.Kind == BackupKind.Physical
            ? await UnpackAsync(backup, directory, tools, cancel)
            : await LoadAsync(backup, directory, tools, cancel);
    }

    private async Task<StoredBackup> FindAsync(CancellationToken cancel)
    {
        StoredBackup? logical = null;
        StoredBackup? later = null;
        StoredBackup? passedOver = null;

        await foreach (var backup in request.Store.NewestFirstAsync(cancel))
        {
            if (backup.Manifest.Kind != (request.Kind ?? BackupKind.Physical))
            {
                logical ??= request.Kind is null && request.At is null ? backup : null;
            }
            else if (request.At is { } at && backup.Manifest.CompletedAt > at)
            {
                later = backup;
            }
            else if (backup.Manifest.Kind == BackupKind.Physical && await request.Store.Wal.RefusalOfAsync(backup.Manifest, request.Timeline, cancel) is { } refusal)
            {
                await SayAsync($"backup {backup.Name} is passed over: {refusal}");
                passedOver = backup;
            }
            else
            {
                return backup;
            }
        }

        return logical ?? throw new RecoveryException(passedOver is not null
            ? $"No backup in {request.Store.Path} leads to the timeline: see above. --timeline {passedOver.Manifest.Start!.Timeline} is the one of {passedOver.Name}."
            : later is null ? $"There is no {request.Kind ?? BackupKind.Physical} backup in {request.Store.Path}."
            : $"The oldest physical backup in {request.Store.Path} ended at {later.Manifest.CompletedAt:O}: nothing leads to a moment before.");
    }

    private async Task<RestoredDatabase> UnpackAsync(StoredBackup backup, string target, PostgresBinaries tools, CancellationToken cancel)
    {
        var manifest = backup.Manifest;
        PostgresTools.Match(tools, manifest.ServerVersion);
        var account = ClusterAccount.Choose();
        var directory = await ClusterDirectory.OpenAsync(target, account, notice: null, cancel);

        try
        {
            RefuseAside(directory.Path, target);

            // Once more: another restore may have been quicker, and be over.
            RefuseContent(target);
            HasBegun = true;
            Directory.CreateDirectory(directory.Data);
            Directory.CreateDirectory(directory.Wal);
            await manifest.Files[0].ReadAsync(
                backup.Directory, BackupMaker.Purpose(manifest, "base.tar"), backup.Opened(request.Store.Key), stream => TarFile.ExtractToDirectory(stream, directory.Data, overwriteFiles: false), cancel);
            await SayAsync("unpacked, and every byte is the one that was written");
            var (exitCode, said) = await SupervisedProcess.RunAsync(ClusterAccount.Ourselves.Command(tools.Tool("pg_verifybackup"), directory.Data), cancel);

            if (exitCode != 0)
            {
                throw new RecoveryException($"{backup.Directory} is not what PostgreSQL wrote: {said}");
            }

            await SayAsync("pg_verifybackup finds every file, and the WAL that belongs to them");
            var wal = await request.Store.Wal.UnpackAsync(manifest, request, directory.Wal, cancel);
            await SayAsync(wal.Files.Count == 0 ? "no archived WAL leads on from it" : $"{wal.Files.Count} segments of archived WAL lead on from it");

            if (wal.Ends is { } why)
            {
                await SayAsync($"they end there: {why}");
            }

            if (request.At is { } at && wal.Files.Count == 0)
            {
                throw new RecoveryException($"No archived WAL leads from {backup.Name} to {at:O}: see archive_command in docs/backups.md.");
            }

            var cluster = await RestoredCluster.StartAsync(directory, account, tools, manifest, wal, request.At, output, cancel);
            await SayAsync("PostgreSQL has replayed it, and is open");

            return new(backup, role => cluster.ConnectionString(role, manifest.Database), directory.Data, wal.Files.Count, [cluster], [directory]);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private async Task<RestoredDatabase> LoadAsync(StoredBackup backup, string target, PostgresBinaries tools, CancellationToken cancel)
    {
        var manifest = backup.Manifest;
        var cluster = await LocalCluster.StartAsync(new() { DataDirectory = target, Binaries = tools }, cancel);
        HasBegun = true;

        try
        {
            RefuseAside(cluster.DataDirectory, target);
            var passwords = new RolePasswords(Password(), Password(), Password());
            await Provisioning.ApplyAsync(cluster.ConnectionString(), manifest.Database, passwords, cancel);
            var dump = Path.Combine(cluster.DataDirectory, "database.dump");
            await manifest.Files[0].ReadAsync(backup.Directory, BackupMaker.Purpose(manifest, "database.dump"), backup.Opened(request.Store.Key), stream => PrivateFile.Copy(stream, dump), cancel);
            await SayAsync("unpacked, and every byte is the one that was written");
            var connection = new NpgsqlConnectionStringBuilder(cluster.ConnectionString(manifest.Database)) { Pooling = false };
            await new PostgresTools(tools, output).RunAsync(
                new PostgresTools(tools, output).Command(connection, "pg_restore", $"--dbname={manifest.Database}", "--exit-on-error", "--no-password", dump),
                Stream.Null,
                cancel);
            File.Delete(dump);
            await SayAsync("pg_restore has loaded it");

            return new(backup, Connect, Path.Combine(cluster.DataDirectory, "pgdata"), 0, [cluster], []);

            string Connect(string role) => role == manifest.Superuser || role != DatabaseRoles.App
                ? connection.ConnectionString
                : new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Username = role, Password = passwords.App }.ConnectionString;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    // A cluster for tests may move to where its user can reach it. Somebody's data lies where it was asked for, or nowhere.
    private static void RefuseAside(string path, string target)
    {
        if (path != target)
        {
            Directory.Delete(path, recursive: true);
            throw new RecoveryException($"The user who runs PostgreSQL cannot enter {Path.GetDirectoryName(target)}: name another directory. Nothing is left of the restore.");
        }
    }

    private static void RefuseContent(string directory)
    {
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any(path => Path.GetFileName(path) != ClusterDirectory.LockName))
        {
            throw new RecoveryException($"{directory} is not empty: restore into a directory of its own. Nothing was changed.");
        }
    }

    private static string Password() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    private Task SayAsync(string text) => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,7:0.0} s  {text}"));
}
