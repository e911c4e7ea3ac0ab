using HardenedService.Operations;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using HardenedService.Operations.Recovery;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Tests.Recovery;

/// <summary>
/// A PostgreSQL of its own that archives its WAL, with one migrated database and the API on it: a physical backup is of a whole cluster. The classes of
/// this collection share it.
/// </summary>
[CollectionDefinition(nameof(RecoveryScene))]
public sealed class RecoveryScene : IAsyncLifetime, ICollectionFixture<RecoveryScene>
{
    private static readonly RolePasswords Passwords = new("owner-secret", "app-secret", "operator-secret");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("hardened-service-tests-");
    private LocalCluster _cluster = null!;

    public TestDatabase Database => new(_cluster.ConnectionString(), "recovery", Passwords);

    public ApiHost Api { get; private set; } = null!;

    internal PostgresBinaries Binaries => _cluster.Binaries;

    /// <summary>How a server archives to a directory beside its data, from where we bring it on.</summary>
    public static IReadOnlyDictionary<string, string> Archiving { get; } = new Dictionary<string, string>
    {
        ["full_page_writes"] = "on",
        ["archive_mode"] = "on",
        ["archive_command"] = "cp %p ../archived/%f",
    };

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        _cluster = await LocalCluster.StartAsync(
            new()
            {
                DataDirectory = _directory.FullName,
                Durable = false,
                Settings = Archiving,
            },
            cancel);

        if (!OperatingSystem.IsWindows())
        {
            // Whoever runs PostgreSQL passes through, to what is restored there.
            File.SetUnixFileMode(_files.FullName, File.GetUnixFileMode(_files.FullName) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        await Provisioning.ApplyAsync(_cluster.ConnectionString(), Database.Name, Passwords, cancel);
        await new Migrator(Database.OwnerConnectionString, TextWriter.Null).UpAsync(null, cancel);
        Api = ApiHost.Start(Database.AppConnectionString);
    }

    /// <summary>A path where nothing is yet.</summary>
    public string NewPath() => Path.Combine(_files.FullName, $"{Guid.NewGuid():N}"[..8]);

    /// <summary>A file with a new key.</summary>
    public string NewKey()
    {
        var path = NewPath();
        File.WriteAllText(path, Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)));

        return path;
    }

    /// <summary>Calls the operator's console, for backups in a directory.</summary>
    public async Task<(int ExitCode, string Output, string Error)> CallAsync(string backups, string call, params (string Key, string? Value)[] settings)
    {
        using var configuration = new ConfigurationManager();
        (string Key, string? Value)[] ours = [("Backup:Directory", backups), ("Operations:OperatorConnectionString", Database.OperatorConnectionString)];

        foreach (var (key, value) in ours.Concat(settings))
        {
            configuration[key] = value;
        }

        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exitCode = await OperationsConsole.InvokeAsync(call.Split(' '), configuration, output, error, TestContext.Current.CancellationToken);

        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Makes a backup, which has to succeed.</summary>
    public async Task<string> BackUpAsync(string backups, params (string Key, string? Value)[] settings)
    {
        var (exitCode, output, error) = await CallAsync(backups, "backup", settings);
        Assert.True(exitCode == 0, output + error);

        return output;
    }

    /// <summary>Ends the WAL segment at hand, and stores all that the server has archived as its archive_command would.</summary>
    public Task ArchiveAsync(string backups, params (string Key, string? Value)[] settings) => ArchiveAsync(_cluster, backups, settings);

    /// <inheritdoc cref="ArchiveAsync(string, ValueTuple{string, string}[])"/>
    internal async Task ArchiveAsync(LocalCluster cluster, string backups, params (string Key, string? Value)[] settings)
    {
        // Until there is a directory PostgreSQL tries again.
        var archived = Path.Combine(cluster.DataDirectory, "archived");
        Directory.CreateDirectory(archived);
        await ClusterAccount.Choose().GiveAsync([archived], TestContext.Current.CancellationToken);

        // Of a segment in which nothing is, a switch makes no new one.
        await Sql.RunAsync(cluster.ConnectionString(), "select pg_logical_emit_message(false, 'test', 'something')");
        var last = (string)(await Sql.RunAsync(cluster.ConnectionString(), "select pg_walfile_name(pg_switch_wal())"))!;
        await Eventually.HoldsAsync(async () => Equals(true, await Sql.RunAsync(cluster.ConnectionString(), $"select last_archived_wal >= '{last}' from pg_stat_archiver")), $"the archived segment {last}");

        foreach (var file in Directory.EnumerateFiles(archived))
        {
            Assert.Equal((0, "", ""), await CallAsync(backups, $"backup wal {file}", settings));
        }
    }

    /// <summary>Starts a server on a cluster that was restored, as its operator would.</summary>
    internal async Task<LocalCluster> StartAsync(string restored)
    {
        File.Copy(Path.Combine(_cluster.DataDirectory, "superuser.password"), Path.Combine(restored, "superuser.password"));

        return await LocalCluster.StartAsync(new() { DataDirectory = restored, Durable = false, Settings = Archiving }, TestContext.Current.CancellationToken);
    }

    /// <summary>Restores, for a look inside.</summary>
    internal async Task<RestoredDatabase> RestoreAsync(string backups, DateTimeOffset? at = null, string? kind = null, string? keyFile = null)
    {
        var restoration = new Restoration(new(new(backups, keyFile is null ? null : BackupKey.Read(keyFile)), at, kind), Binaries, TextWriter.Null);
        var backup = await restoration.ChooseAsync(TestContext.Current.CancellationToken);

        return await restoration.RunAsync(backup, NewPath(), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        NpgsqlConnection.ClearAllPools();
        await _cluster.DisposeAsync();
        Directory.Delete(_cluster.DataDirectory, recursive: true);
        _files.Delete(recursive: true);

        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }
}
