using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;
using HardenedStarter.Tests.Shipping;
using Npgsql;

namespace HardenedStarter.Tests;

/// <summary>
/// A PostgreSQL that archives by the line of docs/backups.md: it starts the console as the user who runs it. The service's database is on it, and backups
/// of it lie beside it.
/// </summary>
public sealed partial class ArchivingServer : IAsyncLifetime
{
    private const string Password = "a password of the tests";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hardened-starter-archiving-");
    private LocalCluster _cluster = null!;

    public string Backups => Path.Combine(_folder.FullName, "backups");

    internal LocalCluster Cluster => _cluster;

    private static string Docs => File.ReadAllText(Path.Combine(Repository.Template, "docs", "backups.md"));

    private string Operations => Path.Combine(_folder.FullName, "operations");

    public async ValueTask InitializeAsync()
    {
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var (built, key, environment) = (
            Path.Combine(Repository.Template, "src", "HardenedService.Operations", "bin", configuration, "net10.0"), Path.Combine(_folder.FullName, "backup.key"), Path.Combine(_folder.FullName, "backup.env"));

        if (!OperatingSystem.IsWindows())
        {
            // Whoever runs PostgreSQL passes through.
            File.SetUnixFileMode(_folder.FullName, File.GetUnixFileMode(_folder.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        foreach (var file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Operations, Path.GetRelativePath(built, file)))!);
            File.Copy(file, Path.Combine(Operations, Path.GetRelativePath(built, file)));
        }

        Directory.CreateDirectory(Backups);
        await File.WriteAllTextAsync(key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        await File.WriteAllTextAsync(environment, $"export Backup__Directory={Backups} Backup__KeyFile={key}\n");
        await ClusterAccount.Choose().GiveAsync([Backups, key, environment], default);
        _cluster = await StartAsync(Path.Combine(_folder.FullName, "server"));
        var admin = ("Operations__AdminConnectionString", _cluster.ConnectionString());
        await DoesAsync(
            ["provision", "--database", "archiving"],
            admin, ("Operations__OwnerPassword", Password), ("Operations__AppPassword", Password), ("Operations__OperatorPassword", Password));
        await DoesAsync(["migrate", "up"], ("Operations__OwnerConnectionString", Connection("owner")));
    }

    /// <summary>Starts a server, on a new cluster or on one that was restored.</summary>
    internal Task<LocalCluster> StartAsync(string directory)
    {
        if (Directory.Exists(directory))
        {
            File.Copy(Path.Combine(_cluster.DataDirectory, "superuser.password"), Path.Combine(directory, "superuser.password"));
        }

        var command = ArchiveCommand().Match(Docs).Groups["command"].Value
            .Replace("/etc/hardened-service", _folder.FullName, StringComparison.Ordinal)
            .Replace("dotnet /opt/operations", $"{Dotnet} {Operations}", StringComparison.Ordinal);

        return LocalCluster.StartAsync(
            new()
            {
                DataDirectory = directory,
                Durable = false,
                Settings = new Dictionary<string, string> { ["full_page_writes"] = "on", ["archive_mode"] = "on", ["archive_command"] = command },
            },
            default);
    }

    /// <summary>Calls the console for backups, as an operator.</summary>
    internal ProcessStartInfo Call(params IEnumerable<string> arguments) =>
        Command(arguments, ("Backup__Directory", Backups), ("Backup__KeyFile", Path.Combine(_folder.FullName, "backup.key")), ("Operations__OperatorConnectionString", Connection("operator")));

    /// <summary>Calls it, and it does what it was called for.</summary>
    public async Task<string> DoesAsync(params IEnumerable<string> arguments) => await DoesAsync(Call(arguments));

    /// <summary>Ends the segment at hand, and waits until the server has archived it.</summary>
    internal static async Task ArchiveAsync(LocalCluster cluster, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString());
        await using var switching = database.CreateCommand("select pg_logical_emit_message(false, 'test', 'something'); select pg_walfile_name(pg_switch_wal())");
        await using var rows = await switching.ExecuteReaderAsync(cancel);
        await rows.NextResultAsync(cancel);
        await rows.ReadAsync(cancel);
        await using var archived = database.CreateCommand("select coalesce(last_archived_wal >= $1, false) from pg_stat_archiver");
        archived.Parameters.Add(new() { Value = rows.GetString(0) });
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));

        for (var watch = Stopwatch.StartNew(); !(bool)(await archived.ExecuteScalarAsync(cancel))!;)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"It is not archived:\n{await File.ReadAllTextAsync(Path.Combine(cluster.DataDirectory, "postgres.log"), cancel)}");
            await again.WaitForNextTickAsync(cancel);
        }
    }

    public string NewPath() => Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}"[..8]);

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // Others may not follow the links that lead to it.
    private static string Dotnet { get; } = File.ResolveLinkTarget(Composition.Which("dotnet"), returnFinalTarget: true)?.FullName ?? Composition.Which("dotnet");

    private string Connection(string role) => new NpgsqlConnectionStringBuilder(_cluster.ConnectionString("archiving")) { Username = $"hardened_service_{role}", Password = Password }.ConnectionString;

    private ProcessStartInfo Command(IEnumerable<string> arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Dotnet, [Path.Combine(Operations, "HardenedService.Operations.dll"), .. arguments]);
        Array.ForEach(settings, setting => start.Environment[setting.Name] = setting.Value);

        return start;
    }

    private Task<string> DoesAsync(string[] arguments, params (string Name, string Value)[] settings) => DoesAsync(Command(arguments, settings));

    private static async Task<string> DoesAsync(ProcessStartInfo call)
    {
        var (exitCode, output) = await SupervisedProcess.RunAsync(call, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, output);

        return output;
    }

    [GeneratedRegex("archive_command = '(?<command>.*)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ArchiveCommand();
}
