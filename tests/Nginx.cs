using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>Debian's nginx with a directory and a port of its own and the configuration that the template emits, ended by its process id.</summary>
internal sealed partial class Nginx : IAsyncDisposable
{
    private const string Example = "10.80.0.11:8080";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Folders = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

    private readonly ConcurrentQueue<string> _output = [];
    private readonly string _folder;
    private readonly int _port;
    private readonly SupervisedProcess _process;

    private Nginx(string folder, int port)
    {
        (_folder, _port) = (folder, port);
        _process = SupervisedProcess.Start(
            new ProcessStartInfo(Find(), ["-p", folder, "-c", "nginx.conf", "-g", "daemon off;"]), "QUIT KILL", Patience, _output.Enqueue);
    }

    public Uri Address => new($"http://127.0.0.1:{_port}/");

    /// <summary>What it says of replicas that did not answer as they should.</summary>
    public IEnumerable<string> Complaints => File.ReadAllLines(Path.Combine(_folder, "error.log")).Where(line => line.Contains("upstream", StringComparison.Ordinal));

    /// <summary>The status of every answer.</summary>
    public IReadOnlyList<string> Answers => File.ReadAllLines(Path.Combine(_folder, "access.log"));

    public static async Task<Nginx> StartAsync(string folder, int port, params IEnumerable<int> replicas)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "nginx.conf"),
            """
            worker_processes 2;
            pid nginx.pid;
            error_log error.log warn;
            events { worker_connections 512; }
            http {
                log_format status '$status $request_method $uri';
                access_log access.log status;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                include service.conf;
            }
            """);
        await WriteAsync(folder, port, replicas);
        var nginx = new Nginx(folder, port);
        await nginx.ListensAsync();

        return nginx;
    }

    /// <summary>Sends requests to these replicas from now on, and finishes those that it has sent to others.</summary>
    public async Task ServeAsync(params IEnumerable<int> replicas)
    {
        await WriteAsync(_folder, _port, replicas);
        using var kill = Process.Start("kill", ["-HUP", (await File.ReadAllTextAsync(Path.Combine(_folder, "nginx.pid"))).Trim()]);
        await kill.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // Without TLS, and with our replicas in place of the example's.
    private static async Task WriteAsync(string folder, int port, IEnumerable<int> replicas)
    {
        var emitted = Path.Combine(Repository.Template, "ops", "nginx");
        var example = (await File.ReadAllLinesAsync(Path.Combine(emitted, "replicas.conf")))[0];
        Assert.Contains(Example, example, StringComparison.Ordinal);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "replicas.conf"), replicas.Select(replica => example.Replace(Example, $"127.0.0.1:{replica}", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "service.conf"),
            Tls().Replace(await File.ReadAllTextAsync(Path.Combine(emitted, "service.conf")), "")
                .Replace("listen 443 ssl;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal));
    }

    public static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(Folders);
        var found = folders.Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "A real load balancer is needed, and there is no nginx. Debian: apt install nginx-light.");

        return found;
    }

    private async Task ListensAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var again = new PeriodicTimer(BetweenLooks);

        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var answer = await client.GetAsync(Address);
                return;
            }
            catch (HttpRequestException)
            {
                Assert.True(watch.Elapsed < LongestStart && !_process.Exited.IsCompleted, $"nginx does not listen:\n{string.Join('\n', _output)}");
                await again.WaitForNextTickAsync();
            }
        }
    }

    [GeneratedRegex(@"^ *ssl_.*\n", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tls();
}
