using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedService.Tests.Shipping;
using HardenedStarter.Build;
using Npgsql;

namespace HardenedStarter.Tests.Shipping;

/// <summary>
/// The compose file without an engine: the secrets that ops/secrets.sh makes, a PostgreSQL with the certificate that it is to have, and what the names and
/// addresses of the containers are on this machine. Of the file's network every address stands for a loopback address of the same ending.
/// </summary>
internal sealed partial class Composition : IAsyncDisposable
{
    private const string Network = "10.80.0.";

    private readonly string _folder;
    private readonly string _network = $"127.80.{Random.Shared.Next(1, 255)}.";
    private readonly LocalCluster _cluster;

    private Composition(string folder, string app, LocalCluster cluster)
    {
        (_folder, App, _cluster) = (folder, app, cluster);
        Compose = Yaml.Parse(Defaults().Replace(File.ReadAllText(Path.Combine(Ops, "compose.yaml")), "${default}").Replace("$$", "$", StringComparison.Ordinal)).Single();
        Image = Dockerfile.Parse(File.ReadAllText(Path.Combine(Ops, "containers", "Dockerfile")).ReplaceLineEndings("\n"));
        File.WriteAllText(Hosts, "127.0.0.1 localhost postgres\n");
    }

    public JsonObject Compose { get; }

    public Dockerfile Image { get; }

    /// <summary>What is <c>/app</c> in the image.</summary>
    public string App { get; }

    public string Hosts => Path.Combine(_folder, "hosts");

    public string Ops => Path.Combine(_folder, "ops");

    /// <summary>The program behind whatever link leads to it: other users may not follow that.</summary>
    public string Dotnet { get; } = File.ResolveLinkTarget(Which("dotnet"), returnFinalTarget: true)?.FullName ?? Which("dotnet");

    public static async Task<Composition> StartAsync(string folder, string app, CancellationToken cancel)
    {
        Copy(Path.Combine(Repository.Template, "ops"), Path.Combine(folder, "ops"));
        var (exitCode, output) = await SupervisedProcess.RunAsync(new ProcessStartInfo("sh", [Path.Combine(folder, "ops", "secrets.sh")]), cancel);
        Assert.True(exitCode == 0, output);

        var cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDirectory = Path.Combine(folder, "database"), Durable = false }, cancel);
        var composition = new Composition(folder, app, cluster);
        await composition.SecureAsync(cancel);

        return composition;
    }

    public Container Of(string service) => new(Compose["services"]![service]!.AsObject(), Image, this);

    /// <summary>A text with our addresses in the place of the containers'.</summary>
    public string Local(string text) => text.Replace(Network, _network, StringComparison.Ordinal);

    /// <summary>A directory with the secrets of a service and no others.</summary>
    public string SecretsOf(JsonObject service)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_folder, "mounted", $"{Guid.NewGuid():N}")).FullName;

        foreach (var secret in service["secrets"].Texts())
        {
            // The database has a port of its own here.
            var text = File.ReadAllText(Path.Combine(Ops, $"{Compose["secrets"]![secret]!["file"]}"));
            File.WriteAllText(Path.Combine(directory, secret), text.Replace("Port=5432", $"Port={_cluster.Port}", StringComparison.Ordinal));
        }

        return directory;
    }

    /// <summary>nginx with the files that its service mounts.</summary>
    public SupervisedProcess StartNginx()
    {
        var service = Compose["services"]!["nginx"]!;
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "nginx")).FullName;
        var mounts = service["volumes"].Texts().Select(volume => volume.Split(':')).Select(volume => (From: Path.Combine(Ops, volume[0]), To: volume[1]))
            .Concat(service["secrets"]!.AsArray().Select(secret => (From: Path.Combine(Ops, $"{Compose["secrets"]![$"{secret!["source"]}"]!["file"]}"), To: $"{secret["target"]}")));

        foreach (var (from, to) in mounts)
        {
            var file = Path.Combine(folder, Path.GetRelativePath("/etc/nginx", to));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(
                file,
                Local(File.ReadAllText(from)).Replace("/etc/nginx/", $"{folder}/", StringComparison.Ordinal)
                    .Replace("listen 443", $"proxy_bind {NginxAddress};\n    listen {NginxAddress}:443", StringComparison.Ordinal));
        }

        File.WriteAllText(
            Path.Combine(folder, "nginx.conf"),
            """
            pid nginx.pid;
            error_log error.log warn;
            events { worker_connections 256; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                include conf.d/*.conf;
            }
            """);

        return SupervisedProcess.Start(new ProcessStartInfo(Nginx.Find(), ["-p", folder, "-c", "nginx.conf", "-g", "daemon off;"]), "QUIT KILL", TimeSpan.FromSeconds(10));
    }

    public string NginxAddress => Local($"{Compose["services"]!["nginx"]!["networks"]!["service"]!["ipv4_address"]}");

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    // The superuser's password and the certificate are those of the secrets.
    private async Task SecureAsync(CancellationToken cancel)
    {
        string[] files = [Path.Combine(_cluster.DataDirectory, "pgdata", "tls.crt"), Path.Combine(_cluster.DataDirectory, "pgdata", "tls.key")];
        PrivateFile.Write(files[0], await File.ReadAllTextAsync(Secret("postgres.crt"), cancel));
        PrivateFile.Write(files[1], await File.ReadAllTextAsync(Secret("postgres.key"), cancel));
        await ClusterAccount.Choose().GiveAsync(files, cancel);
        var password = (await File.ReadAllTextAsync(Secret("postgres-password"), cancel)).Trim();
        await using var database = NpgsqlDataSource.Create(_cluster.ConnectionString());

        foreach (var statement in new[]
        {
            $"alter system set ssl_cert_file = '{files[0]}'", $"alter system set ssl_key_file = '{files[1]}'", "alter system set ssl = on", "select pg_reload_conf()",
            $"alter role postgres password '{password}'",
        })
        {
            await using var command = database.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(cancel);
        }

        // It reads its settings again when it gets to it.
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        await using var shown = database.CreateCommand("show ssl");

        while ((string?)await shown.ExecuteScalarAsync(cancel) != "on")
        {
            await again.WaitForNextTickAsync(cancel);
        }
    }

    private string Secret(string name) => Path.Combine(Ops, "secrets", name);

    public static string Which(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/secrets/", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    [GeneratedRegex(@"\$\{\w+:-(?<default>[^}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Defaults();
}
