using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests.Shipping;

/// <summary>What a call of release.sh came to.</summary>
internal sealed record Run(int ExitCode, string Output, TimeSpan Took);

/// <summary>
/// A machine as docs/release.md sets it up, below a directory: two replicas that systemd would run, in whose place a small systemctl of ours starts and
/// stops what the emitted unit says, and settings in files.
/// </summary>
internal sealed partial class Machine : IDisposable
{
    private static readonly string[] Directories = ["bin", "nginx", "srv/releases", "etc/replicas", "etc/secrets", "etc/operations"];
    private static readonly string[] Links = ["current", "previous", "replicas/a", "replicas/b"];
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly string _folder;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public Machine(string folder, string data, IReadOnlyDictionary<string, string> releases)
    {
        _folder = folder;
        Replicas = new Dictionary<string, ServicePorts> { ["a"] = ServicePorts.Free(), ["b"] = ServicePorts.Free() };

        foreach (var directory in Directories)
        {
            Directory.CreateDirectory(At(directory));
        }

        foreach (var (name, path) in releases)
        {
            Directory.CreateSymbolicLink(At($"srv/releases/{name}"), path);
        }

        MachinePrograms.WriteTo(At("bin"));

        foreach (var (name, ports) in Replicas)
        {
            File.WriteAllText(At($"etc/replicas/{name}.env"), $"Service__Address=127.0.0.1\nService__Port={ports.Port}\nService__ManagementPort={ports.ManagementPort}\n");
        }

        // Three seconds are more than the two after which nginx itself closes what is idle.
        var settings = Replica.Settings.Append(("Shutdown__DrainDelay", "00:00:03")).Append(("Secrets__Directory", At("etc/secrets")));
        File.WriteAllLines(At("etc/service.env"), settings.Select(setting => $"{setting.Item1}={setting.Item2}"));
        File.WriteAllLines(At("etc/operations.env"), [$"Secrets__Directory={At("etc/operations")}"]);
        File.WriteAllText(ServiceSecret, Replica.ConnectionString(data));
        File.WriteAllText(OwnerSecret, Replica.ConnectionString(data, "owner"));
    }

    public IReadOnlyDictionary<string, ServicePorts> Replicas { get; }

    public string NginxFolder => At("nginx");

    public string ServiceSecret => At("etc/secrets/Database__ConnectionString");

    public string OwnerSecret => At("etc/operations/Operations__OwnerConnectionString");

    /// <summary>What it would find after a crash: links, what nginx is told, and who runs.</summary>
    public string State => string.Join('\n', [
        .. Links.Select(link => $"{link} {new FileInfo(At($"srv/{link}")).LinkTarget}"),
        .. Replicas.Keys.Select(replica => $"{replica} {(File.Exists(At($"{replica}.pid")) ? File.ReadAllText(At($"{replica}.pid")).Trim() : "")}"),
        File.ReadAllText(At("nginx/replicas.conf")),
    ]);

    /// <summary>Runs the script. In the place of the act <paramref name="killAt"/> it gets a SIGKILL.</summary>
    public async Task<Run> ReleaseAsync(string what, int wait = 120, string killAt = "")
    {
        var output = new ConcurrentQueue<string>();
        var start = Dotnet.StartInfo(_folder, ["-c", "echo $$ >\"$MACHINE/script\"; exec sh \"$@\"", "sh", Path.Combine(Repository.Template, "ops", "release.sh"), what]);
        start.FileName = "/bin/sh";
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        Environment(start, wait, killAt);
        var watch = Stopwatch.StartNew();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Longest);

        return new(process.ExitCode, string.Join('\n', output), watch.Elapsed);
    }

    /// <summary>By replica, the version that it says it is, once it answers.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync()
    {
        List<string> versions = [];

        foreach (var ports in Replicas.Values)
        {
            versions.Add(Version().Match(await _http.GetStringAsync(new Uri(ports.Management, "metrics"))).Groups["version"].Value);
        }

        return versions;
    }

    /// <summary>The newest migration that the database has seen, as a replica tells it.</summary>
    public async Task<string> SchemaAsync() =>
        Schema().Match(await _http.GetStringAsync(new Uri(Replicas["a"].Management, "health/ready"))).Groups["level"].Value;

    public string LogOf(string replica) => File.Exists(At($"{replica}.log")) ? File.ReadAllText(At($"{replica}.log")) : "";

    public void Dispose()
    {
        foreach (var replica in Replicas.Keys.Where(replica => File.Exists(At($"{replica}.pid"))))
        {
            try
            {
                using var process = Process.GetProcessById(int.Parse(File.ReadAllText(At($"{replica}.pid")), System.Globalization.CultureInfo.InvariantCulture));
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It is gone.
            }
        }

        _http.Dispose();
    }

    private void Environment(ProcessStartInfo start, int wait, string killAt)
    {
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment["PATH"] = $"{At("bin")}:{start.Environment["PATH"]}";
        start.Environment["MACHINE"] = _folder;
        start.Environment["DOTNET"] = Composition.Which("dotnet");
        start.Environment["KILL_AT"] = killAt;
        start.Environment["UNIT_FILE"] = Path.Combine(Repository.Template, "ops", "systemd", "replica@.service");
        start.Environment["ROOT"] = At("srv");
        start.Environment["SETTINGS"] = At("etc");
        start.Environment["NGINX"] = At("nginx/replicas.conf");
        start.Environment["WAIT"] = $"{wait}";
    }

    private string At(string path) => Path.Combine(_folder, path);

    [GeneratedRegex(@"service_version=""(?<version>[^""]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"schema at (?<level>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Schema();
}
