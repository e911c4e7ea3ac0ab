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
    private const int Port = 5432;

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
    /// <param name="at">The moment up to which to replay; null for all that there is.</param>
    /// <param name="output">Is told how far it is.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">It does not get that far.</exception>
    public static async Task<RestoredCluster> StartAsync(
        ClusterDirectory directory, ClusterAccount account, PostgresBinaries binaries, BackupManifest manifest, DateTimeOffset? at, TextWriter output, CancellationToken cancel)
    {
        await PrepareAsync(directory, account, cancel);
        var settings = new Dictionary<string, string>
        {
            ["config_file"] = directory.Settings("restored.conf"),
            ["hba_file"] = directory.Settings("restored_hba.conf"),
            ["ident_file"] = directory.Settings("restored_ident.conf"),
            ["listen_addresses"] = "",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = directory.Sockets,
            ["unix_socket_permissions"] = "0700",
            ["external_pid_file"] = "",
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
            ["ssl"] = "off",
            ["shared_preload_libraries"] = "",
            ["archive_mode"] = "off",
            ["hot_standby"] = "off",
            ["shared_buffers"] = "64MB",

            // It runs in the data directory, so that no path has to survive two shells.
            ["restore_command"] = OperatingSystem.IsWindows() ? @"copy ..\wal\%f ""%p""" : "cp ../wal/%f %p",
            ["recovery_target_timeline"] = "latest",
            ["recovery_target_action"] = "promote",
        };

        foreach (var target in new[] { "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_xid", "recovery_target_time" })
        {
            settings[target] = "";
        }

        if (at is { } moment)
        {
            settings["recovery_target_time"] = moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff+00", CultureInfo.InvariantCulture);
        }

        var log = PrivateFile.Create(directory.Log);
        var server = SupervisedProcess.Start(
            account.Command(binaries.Tool("postgres"), ["-D", directory.Data, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })]),
            "INT QUIT KILL",
            TimeSpan.FromSeconds(30),
            TextWriter.Synchronized(log).WriteLine);
        var cluster = new RestoredCluster(directory, log, server);

        try
        {
            await cluster.ReadyAsync(cluster.ConnectionString(manifest.Superuser, "postgres"), output, cancel);

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
        Port = Port,
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
