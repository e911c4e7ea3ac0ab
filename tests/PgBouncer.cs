using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using HardenedService.Operations.Postgres;

namespace HardenedStarter.Tests;

/// <summary>Debian's PgBouncer in transaction mode before a server, with a directory and a port of its own and the settings that docs/configuration.md gives.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Folders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

    private readonly StringBuilder _output = new();
    private readonly SupervisedProcess _process;

    private PgBouncer(ProcessStartInfo start, int port)
    {
        Port = port;
        _process = SupervisedProcess.Start(start, "INT KILL", Patience, line => _output.AppendLine(line));
    }

    public int Port { get; }

    /// <summary>Starts one.</summary>
    /// <param name="folder">Where its files lie.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="server">The port of the server.</param>
    /// <param name="connections">How many it opens there for each role.</param>
    /// <param name="timeout">What a statement may take, in milliseconds; 0 leaves it to the server.</param>
    /// <param name="users">Roles, and their passwords.</param>
    public static async Task<PgBouncer> StartAsync(
        string folder, int port, int server, int connections, int timeout, params IEnumerable<(string Role, string Password)> users)
    {
        Directory.CreateDirectory(folder);
        var (settings, passwords) = (Path.Combine(folder, "pgbouncer.ini"), Path.Combine(folder, "userlist.txt"));
        await File.WriteAllLinesAsync(passwords, users.Select(user => $"\"{user.Role}\" \"{user.Password}\""));
        await File.WriteAllTextAsync(
            settings,
            $"""
            [databases]
            * = host=127.0.0.1 port={server} {(timeout == 0 ? "" : $"connect_query='set statement_timeout = {timeout}'")}

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            pool_mode = transaction
            auth_type = scram-sha-256
            auth_file = {passwords}
            default_pool_size = {connections}
            max_client_conn = 200
            query_wait_timeout = 30
            """);

        // As PostgreSQL, it does not run as root.
        var account = ClusterAccount.Choose();
        await account.GiveAsync([folder], CancellationToken.None);
        var bouncer = new PgBouncer(account.Command(Find(), settings), port);
        await bouncer.ListensAsync();

        return bouncer;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(Folders);
        var found = folders.Select(folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "A real pooler is needed, and there is no PgBouncer. Debian: apt install pgbouncer.");

        return found;
    }

    private async Task ListensAsync()
    {
        using var again = new PeriodicTimer(BetweenLooks);

        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                Assert.True(watch.Elapsed < LongestStart && !_process.Exited.IsCompleted, $"PgBouncer does not listen:\n{_output}");
                await again.WaitForNextTickAsync();
            }
        }
    }
}
