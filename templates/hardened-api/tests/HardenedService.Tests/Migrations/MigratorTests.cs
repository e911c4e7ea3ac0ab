using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Npgsql;

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
            Assert.NotEqual(before, await DumpAsync(database), StringComparer.Ordinal);
            await migrator.DownAsync(below, Cancel);

            Assert.Equal(before, await DumpAsync(database));
            await migrator.UpAsync(version, Cancel);
            below = version;
        }
    }

    [Fact]
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
    public async Task A_failure_names_the_constraint()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await Sql.RunAsync(
            database.OwnerConnectionString,
            "alter table migrations.version_info add constraint version_info_frozen_check check (version < 3)");

        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigratorOf(database).UpAsync(null, Cancel));

        Assert.StartsWith("Migration 3 (Outbox) could not be applied: 23514 ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(" (constraint version_info_frozen_check).", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task Of_two_migrators_at_once_one_applies_and_the_other_finds_nothing_to_do()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using var one = new WatchedWriter();
        await using var other = new WatchedWriter();

        await Task.WhenAll(
            new Migrator(database.OwnerConnectionString, one).UpAsync(null, Cancel),
            new Migrator(database.OwnerConnectionString, other).UpAsync(null, Cancel));

        Assert.Single([one, other], writer => writer.ToString().Contains("Migration 4 (DataProtection) applied", StringComparison.Ordinal));
        Assert.Single([one, other], writer => writer.ToString().Contains("Nothing to do", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_holds_the_lock_makes_the_next_one_wait()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using var output = new WatchedWriter();
        Task waiting;
        await using (await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.Zero, TextWriter.Null, Cancel))
        {
            waiting = new Migrator(database.OwnerConnectionString, output).UpAsync(null, Cancel);
            Assert.Equal($"Another migrator is at work on database '{database.Name}'; waiting for it to finish.", await output.FirstLine);
            Assert.Equal(0, (await MigratorOf(database).StatusAsync(Cancel)).Level);
        }

        await waiting;
        Assert.Equal(4, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task Waiting_for_the_lock_has_an_end_and_can_be_cancelled()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using (await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.Zero, TextWriter.Null, Cancel))
        {
            var impatient = MigratorOf(database, new MigratorOptions { TurnTimeout = TimeSpan.Zero });
            var failure = await Assert.ThrowsAsync<MigrationException>(() => impatient.UpAsync(null, Cancel));
            Assert.StartsWith("Another migrator is still at work", failure.Message, StringComparison.Ordinal);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            await using var output = new WatchedWriter();
            var waiting = new Migrator(database.OwnerConnectionString, output).UpAsync(null, stop.Token);
            await output.FirstLine;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        await MigratorOf(database).UpAsync(null, Cancel);
    }

    [Fact]
    public async Task A_failed_migrator_leaves_no_lock_behind()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(database.OwnerConnectionString, "create schema identity");

        await Assert.ThrowsAsync<MigrationException>(() => MigratorOf(database).UpAsync(null, Cancel));

        await using var turn = await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.FromSeconds(10), TextWriter.Null, Cancel);
    }

    [Fact]
    public async Task A_migration_gives_up_when_it_does_not_get_its_lock()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await using var busy = await Sql.OpenAsync(database.OwnerConnectionString);
        await using var transaction = await busy.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(busy, "lock table identity.accounts");

        var hurried = MigratorOf(database, new MigratorOptions { LockTimeout = TimeSpan.FromMilliseconds(100) });
        var failure = await Assert.ThrowsAsync<MigrationException>(() => hurried.UpAsync(null, Cancel));

        Assert.Contains(PostgresErrorCodes.LockNotAvailable, failure.Message, StringComparison.Ordinal);
        Assert.Contains("kept a lock for longer than 0.1 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task A_statement_that_runs_too_long_is_ended()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await Sql.RunAsync(
            database.AdminConnectionString,
            """
            create function public.dawdle() returns event_trigger language plpgsql as 'begin perform pg_sleep(60); end';
            create event trigger dawdle on ddl_command_start when tag in ('CREATE INDEX') execute function public.dawdle();
            """);

        var hurried = MigratorOf(database, new MigratorOptions { StatementTimeout = TimeSpan.FromMilliseconds(300) });
        var failure = await Assert.ThrowsAsync<MigrationException>(() => hurried.UpAsync(null, Cancel));

        Assert.Contains(PostgresErrorCodes.QueryCanceled, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_timeouts_end_with_the_migration()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();

        await MigratorOf(database).UpAsync(null, Cancel);

        Assert.Equal("0/0", await Sql.RunAsync(
            database.OwnerConnectionString, "select current_setting('lock_timeout') || '/' || current_setting('statement_timeout')"));
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

        Assert.Equal("There is no migration 77; this build knows 1, 2, 3, 4.", failure.Message);
    }

    private static Migrator MigratorOf(TestDatabase database, MigratorOptions? options = null) =>
        new(database.OwnerConnectionString, TextWriter.Null, options);

    private Task<string> DumpAsync(TestDatabase database) =>
        server.DumpAsync(database.AdminConnectionString, "--exclude-schema=migrations");
}
