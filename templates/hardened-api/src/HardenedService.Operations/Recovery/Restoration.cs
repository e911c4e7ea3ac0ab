using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>What is to be restored.</summary>
/// <param name="Store">Where backups lie.</param>
/// <param name="Key">Their key, if there is one.</param>
/// <param name="At">Up to which moment; null for all that there is.</param>
/// <param name="Kind">Of which kind; null for the newest physical one, or logical if there is no other.</param>
internal sealed record RestoreRequest(BackupStore Store, BackupKey? Key, DateTimeOffset? At, string? Kind);

/// <summary>Brings a backup back into an empty directory.</summary>
internal sealed class Restoration(RestoreRequest request, PostgresBinaries? binaries, TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Restores, and returns with a server running on what was restored.</summary>
    /// <param name="directory">Where to; it has to be empty, or not to exist.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">There is no such backup, or it is not what was written.</exception>
    public async Task<RestoredDatabase> RunAsync(string directory, CancellationToken cancel)
    {
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new RecoveryException($"{directory} is not empty: restore into a directory of its own. Nothing was changed.");
        }

        var backup = await ChooseAsync(cancel);
        var manifest = backup.Manifest;
        await SayAsync($"backup {backup.Name}, made of PostgreSQL {manifest.ServerVersion}, '{manifest.Database}' ({BackupMaker.Bytes(manifest.DatabaseSize)})");

        if (manifest.Key is { } name && name != request.Key?.Name)
        {
            throw new RecoveryException(request.Key is null
                ? $"{backup.Directory} is encrypted with the key {name}: name its file by Backup:KeyFile."
                : $"{backup.Directory} was encrypted with the key {name}, and Backup:KeyFile holds the key {request.Key.Name}.");
        }

        if (manifest.Key is null && request.Key is not null)
        {
            throw new RecoveryException(
                $"{backup.Directory} is not encrypted, and Backup:KeyFile names a key: whoever can write there could have made it. To restore it all the same, leave the key out.");
        }

        var tools = binaries ?? PostgresBinaries.Find();

        return manifest.Kind == BackupKind.Physical
            ? await UnpackAsync(backup, directory, tools, cancel)
            : await LoadAsync(backup, directory, tools, cancel);
    }

    private async Task<StoredBackup> ChooseAsync(CancellationToken cancel)
    {
        StoredBackup? logical = null;
        StoredBackup? later = null;

        await foreach (var backup in request.Store.NewestFirstAsync(cancel))
        {
            if (backup.Manifest.Kind != (request.Kind ?? BackupKind.Physical))
            {
                logical ??= request.Kind is null && request.At is null ? backup : null;
            }
            else if (request.At is not { } at || backup.Manifest.CompletedAt <= at)
            {
                return backup;
            }
            else
            {
                later = backup;
            }
        }

        return logical ?? throw new RecoveryException(later is null
            ? $"There is no {request.Kind ?? BackupKind.Physical} backup in {request.Store.Path}."
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
            Directory.CreateDirectory(directory.Data);
            Directory.CreateDirectory(directory.Wal);
            await manifest.Files[0].ReadAsync(
                backup.Directory, BackupMaker.Purpose(manifest, "base.tar"), Key(manifest), stream => TarFile.ExtractToDirectoryAsync(stream, directory.Data, overwriteFiles: false, cancel));
            await SayAsync("unpacked, and every byte is the one that was written");
            var (exitCode, said) = await SupervisedProcess.RunAsync(ClusterAccount.Ourselves.Command(tools.Tool("pg_verifybackup"), directory.Data), cancel);

            if (exitCode != 0)
            {
                throw new RecoveryException($"{backup.Directory} is not what PostgreSQL wrote: {said}");
            }

            await SayAsync("pg_verifybackup finds every file, and the WAL that belongs to them");
            var segments = await request.Store.Wal.UnpackAsync(
                manifest.Start!.Segment(manifest.WalSegmentSize), manifest.End!.Segment(manifest.WalSegmentSize), manifest.WalSegmentSize, directory.Wal, request.Key, cancel);
            await SayAsync(segments == 0 ? "no archived WAL leads on from it" : $"{segments} segments of archived WAL lead on from it");

            if (request.At is { } at && segments == 0)
            {
                throw new RecoveryException($"No archived WAL leads from {backup.Name} to {at:O}: see archive_command in docs/backups.md.");
            }

            var cluster = await RestoredCluster.StartAsync(directory, account, tools, manifest, request.At, output, cancel);
            await SayAsync("PostgreSQL has replayed it, and is open");

            return new(backup, role => cluster.ConnectionString(role, manifest.Database), directory.Data, segments, [cluster], [directory]);
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

        try
        {
            RefuseAside(cluster.DataDirectory, target);
            var passwords = new RolePasswords(Password(), Password(), Password());
            await Provisioning.ApplyAsync(cluster.ConnectionString(), manifest.Database, passwords, cancel);
            var dump = Path.Combine(cluster.DataDirectory, "database.dump");
            await manifest.Files[0].ReadAsync(backup.Directory, BackupMaker.Purpose(manifest, "database.dump"), Key(manifest), async stream =>
            {
                await using var file = new FileStream(dump, PrivateFile.NewFile);
                await stream.CopyToAsync(file, 1 << 20, cancel);
            });
            await SayAsync("unpacked, and every byte is the one that was written");
            var connection = new NpgsqlConnectionStringBuilder(cluster.ConnectionString(manifest.Database)) { Pooling = false };
            await new PostgresTools(tools, output).RunAsync(
                new PostgresTools(tools, output).Command(connection, "pg_restore", $"--dbname={manifest.Database}", "--exit-on-error", "--no-password", dump),
                stream => stream.CopyToAsync(Stream.Null, cancel));
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

    private BackupKey? Key(BackupManifest manifest) => manifest.Key is null ? null : request.Key;

    private static string Password() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));

    private Task SayAsync(string text) => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,7:0.0} s  {text}"));
}
