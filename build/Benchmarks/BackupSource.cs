using System.Security.Cryptography;
using HardenedService.Operations.Postgres;
using Npgsql;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>What is backed up: a private cluster with the service's database, and in a schema beside its tables rows of random digits.</summary>
internal sealed class BackupSource : IAsyncDisposable
{
    public const string Database = "bench";

    // A row of 1,024 digits, its header, its key and its share of a page: seven fill one of 8 KiB.
    private const long RowLength = 8192 / 7;

    private static readonly string[] Roles = ["Owner", "App", "Operator"];

    private readonly LocalCluster _cluster;

    private BackupSource(LocalCluster cluster, OperatorConsole console)
    {
        _cluster = cluster;
        Console = console;
    }

    /// <summary>The console, with the settings of this database; programs of PostgreSQL connect to it as the operator.</summary>
    public OperatorConsole Console { get; }

    /// <summary>The programs of its version.</summary>
    public PostgresBinaries Postgres => _cluster.Binaries;

    /// <summary>Where the cluster lies, and its password.</summary>
    public string Directory => _cluster.DataDirectory;

    /// <summary>Starts an empty one.</summary>
    public static async Task<BackupSource> StartAsync(string directory, CancellationToken cancel)
    {
        var cluster = await LocalCluster.StartAsync(new() { DataDirectory = directory }, cancel);
        try
        {
            var passwords = Roles.ToDictionary(role => role, _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), StringComparer.Ordinal);
            var settings = passwords.ToDictionary(role => $"Operations__{role.Key}Password", role => role.Value, StringComparer.Ordinal);
            settings["Operations__AdminConnectionString"] = cluster.ConnectionString();
            settings["Operations__OwnerConnectionString"] = As("owner", passwords["Owner"]);
            settings["Operations__OperatorConnectionString"] = As("operator", passwords["Operator"]);
            var console = Connect(new(settings), settings["Operations__OperatorConnectionString"]);
            await console.CallAsync(["provision", "--database", Database], cancel);
            await console.CallAsync(["migrate", "up"], cancel);
            return new(cluster, console);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        string As(string role, string password) =>
            new NpgsqlConnectionStringBuilder(cluster.ConnectionString(Database)) { Username = $"hardened_service_{role}", Password = password }.ConnectionString;
    }

    /// <summary>The same console, beside which PostgreSQL's programs connect as this connection string says.</summary>
    public static OperatorConsole Connect(OperatorConsole console, string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);

        return console.With(
            ("PGHOST", connection.Host!), ("PGPORT", $"{connection.Port}"), ("PGUSER", connection.Username!), ("PGPASSWORD", connection.Password!), ("PGDATABASE", connection.Database!));
    }

    /// <summary>Fills it, and leaves nothing for the first reader to tidy up.</summary>
    /// <param name="size">How much there shall be, in bytes.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>How much there is.</returns>
    public async Task<long> FillAsync(long size, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_cluster.ConnectionString(Database)) { CommandTimeout = 0 });
        await using var fill = database.CreateCommand(
            """
            create schema bench;
            create table bench.rows (id bigint primary key, content text not null);
            grant usage on schema bench to hardened_service_operator;
            grant select on bench.rows to hardened_service_operator;
            """);
        await fill.ExecuteNonQueryAsync(cancel);
        await using var insert = database.CreateCommand(
            """
            insert into bench.rows (id, content)
            select id, (select string_agg(encode(sha512(int8send(id * 8 + part)), 'hex'), '') from generate_series(0, 7) part)
            from generate_series(1, $1) id
            """);
        insert.Parameters.Add(new() { Value = size / RowLength });
        await insert.ExecuteNonQueryAsync(cancel);

        foreach (var tidy in (string[])["vacuum (freeze, analyze) bench.rows", "checkpoint"])
        {
            await using var command = database.CreateCommand(tidy);
            await command.ExecuteNonQueryAsync(cancel);
        }

        await using var measure = database.CreateCommand("select pg_database_size(current_database())");
        return (long)(await measure.ExecuteScalarAsync(cancel))!;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
