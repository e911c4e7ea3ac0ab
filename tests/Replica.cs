using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

/// <summary>
/// The API as an operator runs it, beside others on one database: as a process of its own that is told to stop by a signal. The database and the
/// mail catcher are those of a development runner.
/// </summary>
internal sealed class Replica : IDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<string> _output = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Process _process;

    private Replica(ServicePorts ports, ProcessStartInfo start)
    {
        Ports = ports;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What replicas on one machine have in common.</summary>
    public static IReadOnlyList<(string Name, string Value)> Settings { get; } =
    [
        ("ASPNETCORE_ENVIRONMENT", "Development"),

        // A loaded machine is no fault of the database.
        ("Database__ConnectTimeout", "00:00:30"),
        ("Database__CommandTimeout", "00:00:30"),
        ("Health__CheckTimeout", "00:00:10"),
        ("Service__PublicUrl", "http://localhost"),
        ("Proxies__Enabled", "true"),
        ("Proxies__Addresses__0", "127.0.0.1"),
        ("RateLimits__PerAddress__Burst", "1000000"),
        ("RateLimits__PerUser__Burst", "1000000"),
        ("Mail__Host", "127.0.0.1"),
        ("Mail__Port", "1"),
        ("Mail__Security", "None"),
        ("Mail__From", "no-reply@localhost"),
        ("Scanner__Host", "127.0.0.1"),
        ("Scanner__Port", "1"),
        ("Outbound__Reviewer__BaseAddress", "http://127.0.0.1:1"),
    ];

    public ServicePorts Ports { get; }

    public string Output => string.Join('\n', _output);

    /// <summary>Starts one that was built in a configuration, on the database of a runner.</summary>
    /// <param name="data">The runner's data.</param>
    /// <param name="ports">Where it listens.</param>
    /// <param name="configuration">Debug or Release.</param>
    /// <param name="settings">Further environment variables.</param>
    public static Replica Start(
        string data, ServicePorts ports, string configuration, params IEnumerable<(string Name, string Value)> settings)
    {
        var folder = Path.Combine(Path.GetDirectoryName(RunningService.ProjectOf(Repository.Template))!, "bin", configuration, "net10.0");
        var start = Dotnet.StartInfo(folder, [Path.Combine(folder, "HardenedService.Api.dll")]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        (string Name, string Value)[] own =
        [
            .. Settings,
            ("Database__ConnectionString", ConnectionString(data)),
            ("Service__Address", "127.0.0.1"),
            ("Service__Port", $"{ports.Port}"),
            ("Service__ManagementPort", $"{ports.ManagementPort}"),
        ];

        foreach (var (name, value) in own.Concat(settings))
        {
            start.Environment[name] = value;
        }

        return new Replica(ports, start);
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Ports.Management, "health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public async Task BecomesReadyAsync(CancellationToken cancel)
    {
        using var again = new PeriodicTimer(BetweenLooks);

        for (var watch = Stopwatch.StartNew(); !await IsReadyAsync();)
        {
            Assert.True(watch.Elapsed < LongestStart && !_process.HasExited, $"The replica is not ready:\n{Output}");
            await again.WaitForNextTickAsync(cancel);
        }
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code, and how long it took.</returns>
    public async Task<(int ExitCode, TimeSpan Took)> StopAsync(CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancel);
        await _process.WaitForExitAsync(cancel).WaitAsync(LongestStart, cancel);

        return (_process.ExitCode, watch.Elapsed);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _http.Dispose();
    }

    // The runner keeps the passwords beside the cluster, whose fourth line of this file is its port.
    public static string ConnectionString(string data, string role = "app")
    {
        var port = File.ReadAllLines(Path.Combine(data, "pgdata", "postmaster.pid"))[3];
        var passwords = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "role-passwords.json"))).RootElement;
        var password = passwords.EnumerateObject().Single(member => member.Name.Equals(role, StringComparison.OrdinalIgnoreCase)).Value.GetString();

        return $"Host=127.0.0.1;Port={port};Database=hardened-service;Username=hardened_service_{role};Password={password}";
    }
}
