using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A PostgreSQL that speaks TLS, and lets the application role in by TLS alone.</summary>
public sealed class TlsServer : IAsyncLifetime
{
    private const string Database = "tls";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tls-");
    private readonly RolePasswords _passwords = new("the owner's password", "the application's password", "the operator's password");
    private LocalCluster? _cluster;

    public Certificates Certificates { get; } = new();

    public string AdminConnectionString => Unpooled(_cluster!.ConnectionString());

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        _cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDirectory = _directory.FullName, Durable = false }, cancel);
        await Provisioning.ApplyAsync(AdminConnectionString, Database, _passwords, cancel);
        await new Migrator(As(DatabaseRoles.Owner, _passwords.Owner, ""), TextWriter.Null).UpAsync(null, cancel);

        using var authority = Certificates.Authority("authority");
        Certificates.Authority("other-authority").Dispose();
        var (certificate, key) = Certificates.Server(authority);

        // PostgreSQL wants its key to be its own, and closed to everybody else.
        string[] files = [InCluster("server.crt"), InCluster("server.key")];
        PrivateFile.Write(files[0], certificate);
        PrivateFile.Write(files[1], key);
        await ClusterAccount.Choose().GiveAsync(files, cancel);

        var rules = Path.Combine(_cluster.DataDirectory, "pgdata", "pg_hba.conf");
        var rest = await File.ReadAllTextAsync(rules, cancel);
        await File.WriteAllTextAsync(
            rules,
            $"""
            hostssl all {DatabaseRoles.App} 127.0.0.1/32 scram-sha-256
            host all {DatabaseRoles.App} 127.0.0.1/32 reject
            {rest}
            """,
            cancel);

        foreach (var setting in new[] { $"ssl_cert_file = '{files[0]}'", $"ssl_key_file = '{files[1]}'", "ssl = on" })
        {
            await RunAsync($"alter system set {setting}");
        }

        await RunAsync("select pg_reload_conf()");
        await Eventually.HoldsAsync(async () => (string?)await RunAsync("show ssl") == "on", "the server speaks TLS");
    }

    /// <summary>The application role's way in.</summary>
    public string AppConnectionString(string tls) => As(DatabaseRoles.App, _passwords.App, tls);

    /// <summary>How the application role's connections are made: TLS or not, one entry each.</summary>
    public async Task<bool[]> AreEncryptedAsync() =>
        (bool[])(await RunAsync(
            $"""
            select coalesce(array_agg(ssl.ssl), '{"{}"}')
            from pg_stat_ssl ssl
            join pg_stat_activity activity on activity.pid = ssl.pid
            where activity.usename = '{DatabaseRoles.App}'
            """))!;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
            Directory.Delete(_cluster.DataDirectory, recursive: true);
        }

        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }

        Certificates.Dispose();
    }

    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private string InCluster(string name) => Path.Combine(_cluster!.DataDirectory, name);

    private string As(string role, string password, string tls) =>
        new NpgsqlConnectionStringBuilder(_cluster!.ConnectionString(Database)) { Username = role, Password = password } + ";" + tls;

    private async Task<object?> RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteScalarAsync();
    }
}
