using System.Globalization;
using System.Security.Cryptography;
using HardenedService.Operations.Databases;
using HardenedService.Operations.Migrations;
using HardenedService.Operations.Postgres;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace HardenedService.Tests.Infrastructure;

/// <summary>One PostgreSQL for the whole run. Every test clones a database of its own, so that they run side by side.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Empty = "template_empty";
    private const string Migrated = "template_migrated";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hardened-service-tests-");
    private LocalCluster? _cluster;
    private int _databases;

    internal RolePasswords Passwords { get; } = new(NewPassword(), NewPassword(), NewPassword());

    internal PostgresBinaries Binaries => Cluster.Binaries;

    /// <summary>As the superuser, into the database that belongs to nobody.</summary>
    internal string AdminConnectionString => Unpooled(Cluster.ConnectionString());

    private LocalCluster Cluster => _cluster ?? throw new InvalidOperationException("The server has not been started.");

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        _cluster = await LocalCluster.StartAsync(
            new LocalClusterOptions
            {
                DataDirectory = _directory.FullName,
                Durable = false,
                Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["max_connections"] = "400" },
            },
            cancel);

        await Provisioning.ApplyAsync(AdminConnectionString, Empty, Passwords, cancel);
        await SpareConnectionsAsync();
        await CloneAsync(Empty, Migrated);
        await new Migrator(Database(Migrated).OwnerConnectionString, TextWriter.Null).UpAsync(null, cancel);
    }

    /// <summary>A database with the whole schema and no rows.</summary>
    public Task<TestDatabase> CreateDatabaseAsync() => CloneAsync(Migrated, NewName());

    /// <summary>A database that is provisioned and not migrated.</summary>
    public Task<TestDatabase> CreateEmptyDatabaseAsync() => CloneAsync(Empty, NewName());

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
            Directory.Delete(_cluster.DataDirectory, recursive: true);
        }

        // The cluster may have moved aside, to where its user can reach it.
        if (_directory.Exists)
        {
            _directory.Delete(recursive: true);
        }
    }

    internal string NewName() => string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");

    internal TestDatabase Database(string name) => new(AdminConnectionString, name, Passwords);

    internal async Task<string> ReadLogAsync()
    {
        var path = Path.Combine(Cluster.DataDirectory, "postgres.log");
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync();
    }

    // A run opens thousands of connections: none shall spend milliseconds on what makes a password expensive to guess.
    private async Task SpareConnectionsAsync()
    {
        (string Role, string Password)[] roles =
        [
            ("postgres", new NpgsqlConnectionStringBuilder(AdminConnectionString).Password!),
            (DatabaseRoles.Owner, Passwords.Owner),
            (DatabaseRoles.App, Passwords.App),
            (DatabaseRoles.Operator, Passwords.Operator),
        ];
        await Sql.RunAsync(
            AdminConnectionString,
            string.Concat(roles.Select(role => ProvisioningSql.Password(role.Role, ScramVerifier.Create(role.Password, iterations: 1)))));
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    // An idle connection to a template would keep it from being cloned.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private async Task<TestDatabase> CloneAsync(string template, string name)
    {
        await using var server = new NpgsqlConnection(AdminConnectionString);
        await server.OpenAsync();

        // A clone takes everything but the rights on the database itself.
        foreach (var sql in new[] { $"create database {name} template {template}", ProvisioningSql.Access(name) })
        {
            await using var command = new NpgsqlCommand(sql, server);
            await command.ExecuteNonQueryAsync();
        }

        return Database(name);
    }
}
