using HardenedService.Operations.Migrations;
using HardenedService.Platform.Data;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations.Planted;
using Npgsql;

namespace HardenedService.Tests.Migrations;

/// <summary>Beside another migrator, behind a busy table, in a slow statement.</summary>
public sealed class MigratorWaitingTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Wall("K4")]
    public async Task Of_two_migrators_at_once_one_applies_and_the_other_finds_nothing_to_do()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using var one = new WatchedWriter();
        await using var other = new WatchedWriter();

        // With an index that is built beside the traffic, for which a migrator that waits in a transaction would be in the way.
        var options = new MigratorOptions { Catalog = PlantedMigrations.Sound };

        await Task.WhenAll(
            new Migrator(database.OwnerConnectionString, one, options).UpAsync(null, Cancel),
            new Migrator(database.OwnerConnectionString, other, options).UpAsync(null, Cancel));

        Assert.Single([one, other], writer => writer.ToString().Contains("Migration 9002 (Index) applied", StringComparison.Ordinal));
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
            var holder = $@"\(process \d+ of PostgreSQL, from \S.*, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)";
            Assert.Matches($"^Another migrator {holder} is at work on database '{database.Name}'; waiting for it to finish.$", await output.LineOfAsync(waiting));
            Assert.Equal(0, (await MigratorOf(database).StatusAsync(Cancel)).Level);
        }

        await waiting;
        Assert.Equal(MigrationCatalog.All[^1].Version, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task Waiting_for_the_lock_has_an_end_and_can_be_cancelled()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using (await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.Zero, TextWriter.Null, Cancel))
        {
            var impatient = MigratorOf(database, new MigratorOptions { TurnTimeout = TimeSpan.Zero });
            var failure = await Assert.ThrowsAsync<MigrationException>(() => impatient.UpAsync(null, Cancel));
            Assert.Matches(@"^Another migrator \(process \d+ .*\) is still at work", failure.Message);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            await using var output = new WatchedWriter();
            var waiting = new Migrator(database.OwnerConnectionString, output).UpAsync(null, stop.Token);
            await output.LineOfAsync(waiting);
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
    [Wall("K4")]
    public async Task Behind_a_long_transaction_a_migration_tries_again_until_it_gets_its_lock()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await using var busy = await Sql.OpenAsync(database.OwnerConnectionString);
        var transaction = await busy.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(busy, "lock table identity.accounts");
        await using var output = new WatchedWriter();
        var patient = new Migrator(database.OwnerConnectionString, output, Hurried with { Attempts = int.MaxValue });

        var migrating = patient.UpAsync(null, Cancel);
        Assert.Matches(@"^Migration 2 \(Sessions\) did not get its lock within 0.1 s \(attempt 1 of \d+\); trying again in 0\.\d s\.$", await output.LineOfAsync(migrating));

        // Between two attempts others get what they came for.
        await transaction.DisposeAsync();
        await migrating;
        Assert.Empty((await MigratorOf(database).StatusAsync(Cancel)).Pending);
    }

    [Fact]
    [Wall("K4")]
    public async Task A_migration_gives_up_when_it_does_not_get_its_lock()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await MigratorOf(database).UpAsync(1, Cancel);
        await using var busy = await Sql.OpenAsync(database.OwnerConnectionString);
        await using var transaction = await busy.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(busy, "lock table identity.accounts");

        await using var output = new WatchedWriter();
        var hurried = new Migrator(database.OwnerConnectionString, output, Hurried with { Attempts = 3 });
        var failure = await Assert.ThrowsAsync<MigrationException>(() => hurried.UpAsync(null, Cancel));

        Assert.Contains(PostgresErrorCodes.LockNotAvailable, failure.Message, StringComparison.Ordinal);
        Assert.Contains("kept a lock for longer than 0.1 s, 3 times", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, output.ToString().Split("did not get its lock").Length - 1);
        Assert.Equal(1, (await MigratorOf(database).StatusAsync(Cancel)).Level);
    }

    [Fact]
    [Wall("K4")]
    public async Task Requests_on_a_table_go_on_while_a_migration_waits_for_its_lock()
    {
        await using var database = await server.CreateDatabaseAsync();
        await using var reader = await Sql.OpenAsync(database.AdminConnectionString);
        var transaction = await reader.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(reader, "lock table identity.accounts in access share mode");

        // A write that waits for its own lock a hundred times as long as the migration may is an error.
        var patience = Hurried.LockTimeout * 100;
        await using var writer = new SteadyWriter(
            new NpgsqlConnectionStringBuilder(database.AppConnectionString) { Options = $"-c lock_timeout={patience.TotalMilliseconds:0}" }.ConnectionString);
        await using var output = new WatchedWriter();
        var patient = new Migrator(database.OwnerConnectionString, output, Hurried with { Catalog = PlantedMigrations.Sound, Attempts = int.MaxValue });
        var migrating = patient.UpAsync(PlantedMigrations.Expand, Cancel);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await output.LineOfAsync(migrating, $"Migration {PlantedMigrations.Expand} (Expand) did not get its lock within 0.1 s (attempt {attempt} of ");
            await writer.HasWrittenAsync();
        }

        await transaction.DisposeAsync();
        await migrating;
        await writer.HasWrittenAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"Behind a migration that waits 100 ms for its lock, a writer paused for {(await writer.EndAsync()).TotalMilliseconds:0} ms at the longest.");
    }

    [Fact]
    [Wall("K4")]
    public void A_migration_waits_shorter_than_a_request_may_and_for_a_hundredth_of_the_time()
    {
        var options = new MigratorOptions();

        Assert.True(options.LockTimeout * 2 <= new DatabaseOptions().CommandTimeout);
        Assert.True(options.LockTimeout * 100 <= options.Pause);
    }

    [Theory]
    [InlineData("drop index concurrently if exists a.x", true)]
    [InlineData("drop index concurrently if exists a.x; alter table a.b drop c", false)]
    [InlineData("alter table a.b drop c", false)]
    public void Only_a_script_that_does_nothing_beside_it_waits_as_long_as_it_may_run(string sql, bool isConcurrent) =>
        Assert.Equal(isConcurrent, new MigrationScript("M1.down.sql", sql).IsConcurrent);

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

    private static MigratorOptions Hurried => new() { LockTimeout = TimeSpan.FromMilliseconds(100), Pause = TimeSpan.FromMilliseconds(100) };

    private static Migrator MigratorOf(TestDatabase database, MigratorOptions? options = null) =>
        new(database.OwnerConnectionString, TextWriter.Null, options);
}
