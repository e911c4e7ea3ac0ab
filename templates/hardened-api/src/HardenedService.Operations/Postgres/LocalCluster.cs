using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace HardenedService.Operations.Postgres;

/// <summary>
/// A private PostgreSQL server, made from the programs on this machine: it listens on 127.0.0.1 alone, on a free port, belongs
/// to one process, and stops with it. What it stores is kept for the next start.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClusterDirectory _directory;
    private readonly string _password;
    private SupervisedProcess? _server;
    private StreamWriter? _log;

    private LocalCluster(ClusterDirectory directory, PostgresBinaries binaries, string password)
    {
        _directory = directory;
        _password = password;
        Binaries = binaries;
    }

    /// <summary>The PostgreSQL that runs.</summary>
    public PostgresBinaries Binaries { get; }

    /// <summary>Where the cluster lives: the directory that was asked for, or where it had to move aside.</summary>
    public string DataDirectory => _directory.Path;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Completes when the server has ended, asked or not.</summary>
    public Task Exited => _server!.Exited;

    /// <summary>Starts the cluster, making it first if there is none, and returns when it takes connections.</summary>
    /// <exception cref="PostgresNotFoundException">No PostgreSQL is installed.</exception>
    /// <exception cref="LocalClusterException">The directory cannot be used, or the server does not start.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancel)
    {
        var binaries = options.Binaries ?? PostgresBinaries.Find();
        var account = ClusterAccount.Choose();
        var directory = await ClusterDirectory.OpenAsync(options.DataDirectory, account, options.Notice, cancel);
        LocalCluster? cluster = null;
        try
        {
            await new ClusterData(directory, account, binaries).PrepareAsync(options.Reset, cancel);
            cluster = new LocalCluster(directory, binaries, await File.ReadAllTextAsync(directory.Password, cancel));
            await cluster.LaunchAsync(account, options, cancel);
            return cluster;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
            directory.Dispose();
            throw;
        }
    }

    /// <summary>How the superuser connects.</summary>
    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = database,
        Username = "postgres",
        Password = _password,
    }.ConnectionString;

    /// <summary>Stops the server, and returns when it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            await _log!.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task LaunchAsync(ClusterAccount account, LocalClusterOptions options, CancellationToken cancel)
    {
        Port = options.Port ?? FreePorts.Take(1)[0];
        options.Notice?.Invoke($"starting PostgreSQL {Binaries.Version} on port {Port}");
        var settings = new Dictionary<string, string>()
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = "",
            ["shared_buffers"] = "64MB",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
        };
        if (!options.Durable)
        {
            settings["fsync"] = "off";
            settings["full_page_writes"] = "off";
        }

        foreach (var (name, value) in options.Settings ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        // SIGINT ends open connections and stops cleanly, SIGQUIT stops at once and recovers at the next start.
        _log = PrivateFile.Create(_directory.Log);
        var log = TextWriter.Synchronized(_log);
        _server = SupervisedProcess.Start(
            account.Command(Binaries.Tool("postgres"), ["-D", _directory.Data, .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })]),
            "INT QUIT KILL",
            TimeSpan.FromSeconds(10),
            log.WriteLine);
        await ReadyAsync(cancel);
    }

    private async Task ReadyAsync(CancellationToken cancel)
    {
        var deadline = Stopwatch.StartNew();
        var connectionString = new NpgsqlConnectionStringBuilder(ConnectionString()) { Pooling = false }.ConnectionString;
        while (!Exited.IsCompleted && deadline.Elapsed < Patience)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancel);
                return;
            }
            catch (NpgsqlException exception) when (exception is not PostgresException { SqlState: not PostgresErrorCodes.CannotConnectNow })
            {
                await Task.WhenAny(Exited, Task.Delay(TimeSpan.FromMilliseconds(20), cancel));
            }
        }

        throw new LocalClusterException($"PostgreSQL did not start on {_directory.Path}: {LogTail()}");
    }

    private string LogTail()
    {
        using var reader = new StreamReader(new FileStream(_directory.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join(Environment.NewLine, reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(10));
    }
}
