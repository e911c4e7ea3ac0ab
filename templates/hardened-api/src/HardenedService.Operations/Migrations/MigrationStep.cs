using System.Security.Cryptography;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Operations.Migrations;

/// <summary>One migration, up or down: tried again for as long as others keep the lock that it needs.</summary>
internal sealed class MigrationStep(KnownMigration migration, MigrationDirection direction, long target, MigratorOptions options)
{
    /// <summary>Runs it.</summary>
    /// <param name="turn">Held as long as it runs.</param>
    /// <param name="ownerConnectionString">Where.</param>
    /// <param name="output">Told of each attempt that failed.</param>
    /// <param name="cancel">Ends the waiting between two attempts; the runner itself is synchronous and cannot be interrupted.</param>
    /// <exception cref="MigrationException">It failed, or got no lock in any attempt.</exception>
    public async Task RunAsync(MigrationLock turn, string ownerConnectionString, TextWriter output, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await turn.EnsureHeldAsync(cancel);
            try
            {
                await HalfBuiltIndex.DropAsync(Session(ownerConnectionString), Script, output, cancel);
                await Task.Run(() => Run(ownerConnectionString), cancel);
                return;
            }
            catch (Exception exception) when (attempt < options.Attempts && MigrationFailure.IsForTheMoment(exception))
            {
                var pause = options.Pause * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 1000d));
                await output.WriteLineAsync(
                    $"Migration {migration.Version} ({migration.Name}) did not get its lock within {LockTimeout.TotalSeconds:0.##} s "
                        + $"(attempt {attempt} of {options.Attempts}); trying again in {pause.TotalSeconds:0.0} s.");
                await Task.Delay(pause, cancel);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                await TidyAsync(ownerConnectionString, output, cancel);
                throw MigrationFailure.Of(
                    $"Migration {migration.Version} ({migration.Name}) could not be {direction.Done}", exception, options with { LockTimeout = LockTimeout }, Script);
            }
        }
    }

    private MigrationScript Script { get; } = MigrationScript.Of(migration.Type, direction.Name);

    // What works beside the traffic makes nobody wait. Batches without a transaction do: each keeps the rows that it has.
    private TimeSpan LockTimeout => Script.IsConcurrent ? options.StatementTimeout : options.LockTimeout;

    private string Session(string ownerConnectionString) => MigratorSession.ConnectionString(ownerConnectionString, LockTimeout, options.StatementTimeout);

    // A half-built index costs every write, and a unique one refuses some; nobody may come to run this again soon. It must not wait here for what it has waited for.
    private async Task TidyAsync(string ownerConnectionString, TextWriter output, CancellationToken cancel)
    {
        try
        {
            await HalfBuiltIndex.DropAsync(MigratorSession.ConnectionString(ownerConnectionString, options.LockTimeout, options.StatementTimeout), Script, output, cancel);
        }
        catch (NpgsqlException exception)
        {
            await output.WriteLineAsync($"What is half built could not be dropped ({exception.Message}); the next run will.");
        }
    }

    // A runner of its own for each attempt, with a connection that nothing failed on yet.
    private void Run(string ownerConnectionString)
    {
        using var services = RunnerServices(Session(ownerConnectionString));
        using var scope = services.CreateScope();
        direction.Step(scope.ServiceProvider.GetRequiredService<IMigrationRunner>(), target);
    }

    // A collection of its own: FluentMigrator registers a logger that swallows everything.
    private ServiceProvider RunnerServices(string connectionString) => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres15_0()
            .WithGlobalConnectionString(connectionString)
            .WithGlobalCommandTimeout(options.StatementTimeout + TimeSpan.FromSeconds(30))
            .WithVersionTable(new VersionTable())
            .ScanIn(options.Catalog.Assemblies).For.Migrations())
        .BuildServiceProvider();
}

internal sealed record MigrationDirection(string Name, string Done, Action<IMigrationRunner, long> Step)
{
    public static readonly MigrationDirection Up = new("up", "applied", (runner, version) => runner.MigrateUp(version));

    public static readonly MigrationDirection Down = new("down", "taken back", (runner, version) => runner.MigrateDown(version));
}
