using FluentMigrator.Infrastructure;
using FluentMigrator.Runner.Processors.Postgres;
using Microsoft.Extensions.Logging;

namespace FluentMigrator.Runner;

internal sealed partial class MigrationRunner(
    IMigrationInformationLoader loader,
    EmbeddedScripts scripts,
    PostgresProcessor processor,
    VersionLoader versions,
    ILogger<MigrationRunner> logger) : IMigrationRunner
{
    public IMigrationInformationLoader MigrationLoader => loader;

    public void MigrateUp() => MigrateUp(long.MaxValue);

    public void MigrateUp(long version)
    {
        foreach (var migration in NotApplied(version))
        {
            Run(migration, "up", step => step.Up(), () => versions.UpdateVersionInfo(
                migration.Version,
                migration.Description ?? migration.Migration.GetType().Name));
        }
    }

    public void MigrateDown(long version) => Revert(Applied().Where(migration => migration.Version > version));

    public void Rollback(int steps)
    {
        Revert(Applied().Take(steps));
        if (!versions.VersionInfo.AppliedMigrations().Any())
        {
            versions.RemoveVersionTable();
        }
    }

    public bool HasMigrationsToApplyUp(long? version = null) => NotApplied(version ?? long.MaxValue).Count > 0;

    public void ListMigrations()
    {
        var applied = versions.VersionInfo;
        foreach (var migration in loader.LoadMigrations().Values)
        {
            var state = migration.Version == applied.Latest() ? " (current)"
                : applied.HasAppliedMigration(migration.Version) ? string.Empty
                : " (not applied)";
            var name = migration.GetName();
            LogState(logger, name, state);
        }
    }

    private List<IMigrationInfo> NotApplied(long version) =>
        [.. loader.LoadMigrations().Values.Where(migration =>
            migration.Version <= version && !versions.VersionInfo.HasAppliedMigration(migration.Version))];

    private List<IMigrationInfo> Applied() =>
        [.. loader.LoadMigrations().Values.Reverse().Where(migration => versions.VersionInfo.HasAppliedMigration(migration.Version))];

    private void Revert(IEnumerable<IMigrationInfo> migrations)
    {
        foreach (var migration in migrations)
        {
            Run(migration, "down", step => step.Down(), () => versions.DeleteVersion(migration.Version));
        }
    }

    private void Run(IMigrationInfo migration, string way, Action<Migration> direction, Action record)
    {
        var name = migration.GetName();
        LogStart(logger, name, way);

        if (migration.TransactionBehavior == TransactionBehavior.Default)
        {
            processor.Transact(Execute);
        }
        else
        {
            Execute();
        }

        LogDone(logger, name, way);

        void Execute()
        {
            foreach (var script in ((Migration)migration.Migration).Collect(direction, scripts))
            {
                processor.Execute(script());
            }

            record();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Migration}: {Way}")]
    private static partial void LogStart(ILogger logger, string migration, string way);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Migration}: {Way} done")]
    private static partial void LogDone(ILogger logger, string migration, string way);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Migration}{State}")]
    private static partial void LogState(ILogger logger, string migration, string state);
}
