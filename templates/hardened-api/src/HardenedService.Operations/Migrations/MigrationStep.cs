using System.Security.Cryptography;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;

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
                if (!migration.Transactional)
                {
                    await HalfBuiltIndex.DropAsync(Session(ownerConnectionString), Script, output, cancel);
                }

                await Task.Run(() => Run(ownerConnectionString), cancel);
                return;
            }
            catch (Exception exception) when (attempt < options.Attempts && MigrationFailure.IsForTheMoment(exception))
            {
                var pause = options.Pause * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 1000d));
                await output.WriteLineAsync(
                    $"Migration {migration.Version} ({migration.Name}) did not get its lock within {LockTimeout.TotalSeconds:0.#} s "
                        + $"(attempt {attempt} of {options.Attempts}); trying again in {pause.TotalSeconds:0.0} s.");
                await Task.Delay(pause, cancel);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw MigrationFailure.Of(
                    $"Migration {migration.Version} ({migration.Name}) could not be {direction.Done}", exception, options, Script);
            }
        }
    }

    private MigrationScript Script => MigrationScript.Of(migration.Type, direction.Name);

    private TimeSpan LockTimeout => migration.Transactional ? options.LockTimeout : options.StatementTimeout;

    private string Session(string ownerConnectionString) => MigratorSession.ConnectionString(ownerConnectionString, LockTimeout, options.StatementTimeout);

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
