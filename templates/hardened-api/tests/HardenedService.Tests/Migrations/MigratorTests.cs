using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Migrations;

public sealed class MigratorTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Up_down_up_gives_the_same_schema()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var migrator = MigratorOf(database);
        var empty = await DumpAsync(database);

        await migrator.UpAsync(null, Cancel);
        var first = await DumpAsync(database);
        await migrator.DownAsync(0, Cancel);
        var down = await DumpAsync(database);
        await migrator.UpAsync(null, Cancel);
        var second = await DumpAsync(database);

        Assert.Contains("CREATE TABLE identity.sessions", first, StringComparison.Ordinal);
        Assert.Equal(empty, down);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Every_migration_takes_back_exactly_what_it_brought()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var migrator = MigratorOf(database);
        var below = 0L;
        foreach (var version in MigrationCatalog.All.Select(migration => migration.Version))
        {
            var before = await DumpAsync(database);

            await migrator.UpAsync(version, Cancel);
            await migrator.DownAsync(below, Cancel);

            Assert.Equal(before, await DumpAsync(database));
            await migrator.UpAsync(version, Cancel);
            below = version;
        }
    }

    [Fact]
    [Wall("K4")]
    public async Task A_failing_migration_is_reported_and_rolled_back()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await Sql.RunAsync(database.OwnerConnectionString, "create table identity.sessions_expires_at_idx ()");
        var before = await DumpAsync(database);

        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigratorOf(database).UpAsync(null, Cancel));

        Assert.StartsWith("Migration 2 (Sessions) could not be applied: 42P07 ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("create table", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await DumpAsync(database));
        Assert.Equal(1, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    [Wall("K4")]
    public async Task A_failure_names_the_constraint_and_a_script_whose_row_cannot_be_written_is_rolled_back()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await Sql.RunAsync(
            database.OwnerConnectionString,
            "alter table migrations.version_info add constraint version_info_frozen_check check (version < 3)");
        await MigratorOf(database).UpAsync(2, Cancel);
        var before = await DumpAsync(database);

        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigratorOf(database).UpAsync(null, Cancel));

        Assert.StartsWith("Migration 3 (Outbox) could not be applied: 23514 ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(" (constraint version_info_frozen_check).", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, await DumpAsync(database));
        Assert.Equal(2, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task A_database_newer_than_this_build_is_refused()
    {
        await using var database = await server.CreateDatabaseAsync();
        await Sql.RunAsync(database.OwnerConnectionString, "insert into migrations.version_info values (9999, now(), 'Tomorrow')");
        var before = await DumpAsync(database);

        foreach (var attempt in new Func<Migrator, Task>[] { m => m.UpAsync(null, Cancel), m => m.DownAsync(0, Cancel), m => m.WriteScriptAsync(Cancel) })
        {
            var failure = await Assert.ThrowsAsync<MigrationException>(() => attempt(MigratorOf(database)));
            Assert.Contains("is newer than this build: it holds migration 9999 (Tomorrow)", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await DumpAsync(database));
    }

    [Fact]
    public async Task A_version_that_does_not_exist_is_refused()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();

        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigratorOf(database).UpAsync(77, Cancel));

        Assert.Equal($"There is no migration 77; this build knows {string.Join(", ", MigrationCatalog.All.Select(migration => migration.Version))}.", failure.Message);
    }

    private static Migrator MigratorOf(TestDatabase database) =>
        new(database.OwnerConnectionString, TextWriter.Null);

    private Task<string> DumpAsync(TestDatabase database) =>
        server.DumpAsync(database.AdminConnectionString, "--exclude-schema=migrations");
}
