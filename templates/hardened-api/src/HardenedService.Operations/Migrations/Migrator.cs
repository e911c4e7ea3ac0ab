using System.Diagnostics;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>Moves the schema of one database, and tells on <paramref name="output"/> what it does.</summary>
/// <param name="ownerConnectionString">Connects as <see cref="Databases.DatabaseRoles.Owner"/>.</param>
/// <param name="output">Where progress goes.</param>
/// <param name="options">Timeouts; the defaults if not given.</param>
internal sealed class Migrator(string ownerConnectionString, TextWriter output, MigratorOptions? options = null)
{
    private readonly MigratorOptions _options = options ?? new MigratorOptions();

    /// <summary>Applies what is pending, up to a version if one is given.</summary>
    /// <exception cref="MigrationException">A migration failed, the database is newer than this build, or there is no such version.</exception>
    public async Task UpAsync(long? to, CancellationToken cancel)
    {
        var target = to is null ? long.MaxValue : Known(to.Value);
        await using var turn = await TakeTurnAsync(cancel);
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();

        var pending = status.Pending.Where(migration => migration.Version <= target).ToList();
        if (pending.Count == 0)
        {
            await output.WriteLineAsync($"Nothing to do: database '{status.Database}' is at {status.Level}.");
            return;
        }

        await CreateVersionTableAsync(cancel);
        await RunAsync(turn, Direction.Up, [.. pending.Select(migration => (migration, migration.Version))], cancel);
    }

    /// <summary>Takes back every migration above a version; 0 takes back all.</summary>
    /// <exception cref="MigrationException">As <see cref="UpAsync"/>.</exception>
    public async Task DownAsync(long to, CancellationToken cancel)
    {
        var target = to == 0 ? 0 : Known(to);
        await using var turn = await TakeTurnAsync(cancel);
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();

        var applied = status.Migrations.Where(migration => !migration.Pending).ToList();
        var steps = applied
            .Select((migration, index) => (migration, below: index == 0 ? 0 : applied[index - 1].Version))
            .Where(step => step.migration.Version > target)
            .Reverse()
            .ToList();
        if (steps.Count == 0)
        {
            await output.WriteLineAsync($"Nothing to do: database '{status.Database}' is at {status.Level}.");
            return;
        }

        await RunAsync(turn, Direction.Down, steps, cancel);
    }

    /// <summary>Compares the database with this build, and changes nothing.</summary>
    public async Task<MigrationStatus> StatusAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        return MigrationStatus.Compare(connection.Database, await VersionTable.ReadAsync(connection, cancel));
    }

    /// <summary>Writes what <see cref="UpAsync"/> would run as a script for psql, and changes nothing.</summary>
    public async Task WriteScriptAsync(CancellationToken cancel)
    {
        var status = await StatusAsync(cancel);
        status.RefuseUnknown();
        await output.WriteAsync(PendingScript.Write(status, _options));
    }

    private static long Known(long version) =>
        MigrationCatalog.All.Any(migration => migration.Version == version)
            ? version
            : throw new MigrationException(
                $"There is no migration {version}; this build knows {string.Join(", ", MigrationCatalog.All.Select(known => known.Version))}.");

    private Task<MigrationLock> TakeTurnAsync(CancellationToken cancel) =>
        MigrationLock.TakeAsync(ownerConnectionString, _options.TurnTimeout, output, cancel);

    private async Task CreateVersionTableAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel);
        try
        {
            await VersionTable.CreateAsync(connection, cancel);
        }
        catch (PostgresException exception)
        {
            throw MigrationFailure.Of("The version table could not be created", exception, _options);
        }
    }

    private async Task RunAsync(
        MigrationLock turn,
        Direction direction,
        IReadOnlyList<(MigrationState Migration, long Target)> steps,
        CancellationToken cancel)
    {
        await using var services = RunnerServices();
        await using var scope = services.CreateAsyncScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();

        // The runner is synchronous and cannot be interrupted: cancelling ends the work between two migrations.
        foreach (var (migration, target) in steps)
        {
            await turn.EnsureHeldAsync(cancel);
            var started = Stopwatch.GetTimestamp();
            try
            {
                await Task.Run(() => direction.Step(runner, target), cancel);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw MigrationFailure.Of(
                    $"Migration {migration.Version} ({migration.Name}) could not be {direction.Done}", exception, _options);
            }

            await output.WriteLineAsync(
                $"Migration {migration.Version} ({migration.Name}) {direction.Done} in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms.");
        }
    }

    // A collection of its own: FluentMigrator registers a logger that swallows everything.
    private ServiceProvider RunnerServices() => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres15_0()
            .WithGlobalConnectionString(MigratingConnectionString())
            .WithGlobalCommandTimeout(_options.StatementTimeout + TimeSpan.FromSeconds(30))
            .WithVersionTable(new VersionTable())
            .ScanIn(typeof(Migrator).Assembly).For.Migrations().For.EmbeddedResources())
        .BuildServiceProvider();

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(MigratingConnectionString());
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // In UTC, for FluentMigrator notes the time without its zone. Unpooled, so that no connection of ours outlives the run.
    private string MigratingConnectionString()
    {
        var builder = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, Timezone = "UTC" };
        builder.Options = $"{builder.Options} -c lock_timeout={_options.LockTimeout.TotalMilliseconds:0} "
            + $"-c statement_timeout={_options.StatementTimeout.TotalMilliseconds:0}";
        return builder.ConnectionString;
    }

    private sealed record Direction(string Done, Action<IMigrationRunner, long> Step)
    {
        public static readonly Direction Up = new("applied", (runner, version) => runner.MigrateUp(version));

        public static readonly Direction Down = new("taken back", (runner, version) => runner.MigrateDown(version));
    }
}
