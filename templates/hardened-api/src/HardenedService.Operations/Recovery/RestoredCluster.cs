using System.Diagnostics;
using System.Globalization;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>
/// A server on a restored cluster. It listens on a socket in a directory of its own and on no network, asks whoever may enter there for no password,
/// and takes nothing of the settings that were restored for granted: it archives nowhere, and loads nothing.
/// </summary>
internal sealed class RestoredCluster : IAsyncDisposable
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly ClusterDirectory _directory;
    private readonly StreamWriter _log;
    private readonly SupervisedProcess _server;

    private RestoredCluster(ClusterDirectory directory, StreamWriter log, SupervisedProcess server)
    {
        _directory = directory;
        _log = log;
        _server = server;
    }

    // ALTER SYSTEM's settings, which the server reads whatever config_file says.
    private static string Altered(ClusterDirectory directory) => Path.Combine(directory.Data, "postgresql.auto.conf");

    /// <summary>Starts it on what was unpacked, and returns once it has replayed the WAL and takes connections.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="account">Who runs it.</param>
    /// <param name="binaries">What to run.</param>
    /// <param name="manifest">The backup that was unpacked.</param>
    /// <param name="wal">Where the WAL leads that was unpacked beside it.</param>
    /// <param name="at">The moment up to which to replay; null for all that there is.</param>
    /// <param name="output">Is told how far it is.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">It does not get that far.</exception>
    public static async Task<RestoredCluster> StartAsync(
        ClusterDirectory directory, ClusterAccount account, PostgresBinaries binaries, BackupManifest manifest, WalPath wal, DateTimeOffset? at, TextWriter output, CancellationToken cancel)
    {
        await PrepareAsync(directory, account, cancel);
        var log = PrivateFile.Create(directory.Log);
        var server = SupervisedProcess.Start(
            account.Command(binaries.Tool("postgres"), ["-D", directory.Data, .. RestoredSettings.Of(directory, wal, at).SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })]),
            "INT QUIT KILL",
            TimeSpan.FromSeconds(30),
            TextWriter.Synchronized(log).WriteLine);
        var cluster = new RestoredCluster(directory, log, server);

        try
        {
            var connectionString = cluster.ConnectionString(manifest.Superuser, "postgres");
            await cluster.ReadyAsync(connectionString, output, cancel);

            if (at is null)
            {
                await RefuseEarlyEndAsync(connectionString, wal, cancel);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a role connects.</summary>
    public string ConnectionString(string role, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _directory.Sockets,
        Port = RestoredSettings.Port,
        Username = role,
        Database = database,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    /// <summary>Stops it cleanly, and returns when it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _log.DisposeAsync();
        File.Move(_directory.Settings("altered.conf"), Altered(_directory), overwrite: true);
    }

    private static async Task PrepareAsync(ClusterDirectory directory, ClusterAccount account, CancellationToken cancel)
    {
        File.Delete(Path.Combine(directory.Data, "standby.signal"));
        await File.WriteAllTextAsync(Path.Combine(directory.Data, "recovery.signal"), "", cancel);
        File.Move(Altered(directory), directory.Settings("altered.conf"), overwrite: true);
        await File.WriteAllTextAsync(Altered(directory), "", cancel);
        await File.WriteAllTextAsync(directory.Settings("restored.conf"), "", cancel);
        await File.WriteAllTextAsync(directory.Settings("restored_hba.conf"), "local all all trust\n", cancel);
        await File.WriteAllTextAsync(directory.Settings("restored_ident.conf"), "", cancel);
        Directory.CreateDirectory(directory.Sockets);

        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            File.SetUnixFileMode(directory.Sockets, OwnerAlone);
            File.SetUnixFileMode(directory.Data, OwnerAlone);
            File.SetUnixFileMode(directory.Wal, OwnerAlone);
        }

        await account.GiveAsync(
            [
                directory.Data, directory.Wal, directory.Sockets, directory.Settings("restored.conf"), directory.Settings("restored_hba.conf"),
                directory.Settings("restored_ident.conf"), directory.Settings("altered.conf"),
            ],
            cancel);
    }

    // With a moment to reach PostgreSQL sees to that itself. Without, whatever it cannot read is the end to it.
    private static async Task RefuseEarlyEndAsync(string connectionString, WalPath wal, CancellationToken cancel)
    {
        await using var database = await LiveDatabase.OpenAsync(connectionString, cancel);
        var end = WalPosition.Parse((string)(await database.ScalarAsync("select pg_last_wal_replay_lsn()::text", cancel))!);

        // After a segment that a switch has closed the next one has been reached, and nothing of it read.
        if (wal.Files.Count > 0 && end <= wal.Reaches)
        {
            throw new RecoveryException(string.Create(
                CultureInfo.InvariantCulture,
                $"PostgreSQL stopped replaying at {end:X}, and the archived WAL leads beyond {wal.Reaches:X}: what lies between is missing or cannot be used. The log says why. If the last segment is one that a server was writing when it crashed, take it out of the archive and try again."));
        }
    }

    private async Task ReadyAsync(string connectionString, TextWriter output, CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); !_server.Exited.IsCompleted;)
        {
            try
            {
                await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
                await connection.OpenAsync(cancel);
                return;
            }
            catch (NpgsqlException exception) when (exception is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
            {
                await Task.WhenAny(_server.Exited, Task.Delay(TimeSpan.FromMilliseconds(20), cancel));
                cancel.ThrowIfCancellationRequested();
            }

            if (watch.Elapsed > ProgressEvery)
            {
                watch.Restart();
                await output.WriteLineAsync($"  {LogLines().LastOrDefault()}");
            }
        }

        var reasons = LogLines().Where(line => line.Contains("FATAL", StringComparison.Ordinal) || line.Contains("PANIC", StringComparison.Ordinal) || line.Contains("last completed transaction", StringComparison.Ordinal));
        throw new RecoveryException($"PostgreSQL does not start on what was restored: {string.Join(Environment.NewLine, reasons.DefaultIfEmpty(string.Join(Environment.NewLine, LogLines().TakeLast(10))))}");
    }

    private string[] LogLines()
    {
        using var reader = new StreamReader(new FileStream(_directory.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
