using System.Diagnostics;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A PostgreSQL of its own that can be killed, brought back, frozen and thawed, with one migrated database.</summary>
public sealed class MortalPostgres : IAsyncLifetime
{
    private static readonly RolePasswords Passwords = new("owner-secret", "app-secret", "operator-secret");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");
    private LocalCluster _cluster = null!;
    private List<string> _frozen = [];

    internal TestDatabase Database => new(_cluster.ConnectionString(), "mortal", Passwords);

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        await StartAsync();
        await Provisioning.ApplyAsync(_cluster.ConnectionString(), Database.Name, Passwords, cancel);
        await new Migrator(Database.OwnerConnectionString, TextWriter.Null).UpAsync(null, cancel);
    }

    /// <summary>Starts the server on the port that it had before, if it had one. Returns when it takes connections.</summary>
    public async Task StartAsync() => _cluster = await LocalCluster.StartAsync(
        new LocalClusterOptions { DataDirectory = _directory.FullName, Durable = false, Port = _cluster?.Port },
        TestContext.Current.CancellationToken);

    /// <summary>Kills every process of the server at once, as the machine's death would.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL", [await PostmasterAsync(), .. await BackendsAsync()]);
        await _cluster.Exited;
        await _cluster.DisposeAsync();
    }

    /// <summary>Stops every process of the server without ending it: connections stand, and nothing answers.</summary>
    public async Task FreezeAsync()
    {
        await using var admin = await ConnectAsync();

        // The parent first, so that no child is born that would go on.
        var postmaster = await PostmasterAsync();
        await SignalAsync("STOP", [postmaster]);
        var backends = await BackendsAsync(admin);
        _frozen = [postmaster, .. backends];
        await SignalAsync("STOP", backends);
    }

    public Task ThawAsync() => SignalAsync("CONT", _frozen);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_cluster.DataDirectory, recursive: true);

        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }

    private static async Task SignalAsync(string signal, IReadOnlyCollection<string> processes)
    {
        // What has gone by itself in the meantime is complained about, and does not matter.
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", .. processes]) { RedirectStandardError = true, UseShellExecute = false })!;
        await kill.WaitForExitAsync();
    }

    private static async Task<List<string>> BackendsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select pid::text from pg_stat_activity", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var processes = new List<string>();

        while (await rows.ReadAsync())
        {
            processes.Add(rows.GetString(0));
        }

        return processes;
    }

    // On a connection that does not stay behind, dead, in a pool.
    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.AdminConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();

        return connection;
    }

    private async Task<List<string>> BackendsAsync()
    {
        await using var admin = await ConnectAsync();

        return await BackendsAsync(admin);
    }

    private async Task<string> PostmasterAsync() =>
        (await File.ReadAllLinesAsync(Path.Combine(_cluster.DataDirectory, "pgdata", "postmaster.pid")))[0];
}
