using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations.Planted;

namespace HardenedService.Tests.Migrations;

public sealed class MigrateScriptTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task The_script_run_by_hand_gives_the_same_schema_as_up(long start)
    {
        await using var byUp = await server.CreateDatabaseAsync();
        await using var byHand = await server.CreateEmptyDatabaseAsync();
        if (start > 0)
        {
            await new Migrator(byHand.OwnerConnectionString, TextWriter.Null).UpAsync(start, Cancel);
        }

        var (exitCode, output) = await server.PsqlAsync(byHand.OwnerConnectionString, await ScriptAsync(byHand));

        Assert.True(exitCode == 0, output);
        Assert.Equal(await server.DumpAsync(byUp.AdminConnectionString), await server.DumpAsync(byHand.AdminConnectionString));
        var status = await new Migrator(byHand.OwnerConnectionString, TextWriter.Null).StatusAsync(Cancel);
        Assert.Equal(MigrationCatalog.All.Select(migration => migration.Version), status.Migrations.Select(migration => migration.Version));
        Assert.Empty(status.Pending);
        Assert.StartsWith("-- Nothing is pending", await ScriptAsync(byHand), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_bounds_the_waiting_for_locks_and_does_what_is_done_concurrently_outside_of_a_transaction()
    {
        await using var database = await server.CreateDatabaseAsync();
        await using var script = new StringWriter();
        var options = new MigratorOptions { Catalog = PlantedMigrations.Sound };
        await new Migrator(database.OwnerConnectionString, script, options).WriteScriptAsync(Cancel);

        var (exitCode, output) = await server.PsqlAsync(database.OwnerConnectionString, script.ToString());

        Assert.True(exitCode == 0, output);
        Assert.Contains("set lock_timeout = 250;\n", script.ToString().Split("create table")[0].ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("set lock_timeout = 900000;\n\ncreate index concurrently", script.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(true, await Sql.RunAsync(database.AdminConnectionString, "select indisvalid from pg_index where indexrelid = 'identity.accounts_nickname_idx'::regclass"));
        Assert.Empty((await new Migrator(database.OwnerConnectionString, TextWriter.Null, options).StatusAsync(Cancel)).Pending);
    }

    [Fact]
    public async Task The_script_does_not_note_an_index_that_is_left_half_built()
    {
        await using var database = await server.CreateDatabaseAsync();
        await PlantedMigrations.MigratorOf(database.OwnerConnectionString).UpAsync(PlantedMigrations.Index, Cancel);
        await Sql.RunAsync(database.AdminConnectionString, $"""
            update pg_index set indisvalid = false where indexrelid = 'identity.accounts_nickname_idx'::regclass;
            delete from migrations.version_info where version = {PlantedMigrations.Index};
            """);
        await using var script = new StringWriter();
        var migrator = new Migrator(database.OwnerConnectionString, script, new MigratorOptions { Catalog = PlantedMigrations.Sound });
        await migrator.WriteScriptAsync(Cancel);

        var refused = await server.PsqlAsync(database.OwnerConnectionString, script.ToString());
        var level = (await migrator.StatusAsync(Cancel)).Level;
        var mended = await server.PsqlAsync(database.OwnerConnectionString, $"drop index concurrently \"identity\".\"accounts_nickname_idx\";\n{script}");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("half built. Run this, and then the script again: drop index concurrently \"identity\".\"accounts_nickname_idx\"", refused.Output, StringComparison.Ordinal);
        Assert.Equal(PlantedMigrations.Expand, level);
        Assert.True(mended.ExitCode == 0, mended.Output);
        Assert.Empty((await migrator.StatusAsync(Cancel)).Pending);
    }

    [Fact]
    public async Task The_script_stops_at_the_first_error_and_leaves_its_migration_undone()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(database.OwnerConnectionString, "create schema platform");

        var (exitCode, output) = await server.PsqlAsync(database.OwnerConnectionString, await ScriptAsync(database));

        Assert.Equal(3, exitCode);
        Assert.Contains("schema \"platform\" already exists", output, StringComparison.Ordinal);
        Assert.Equal(2, (await new Migrator(database.OwnerConnectionString, TextWriter.Null).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task The_script_does_not_run_beside_another_migrator()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await using var turn = await MigrationLock.TakeAsync(database.OwnerConnectionString, TimeSpan.Zero, TextWriter.Null, Cancel);

        var (exitCode, output) = await server.PsqlAsync(database.OwnerConnectionString, await ScriptAsync(database));

        Assert.Equal(3, exitCode);
        Assert.Contains("Another migrator is at work", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var before = await server.DumpAsync(database.AdminConnectionString);

        await ScriptAsync(database);
        var status = await new Migrator(database.OwnerConnectionString, TextWriter.Null).StatusAsync(Cancel);

        Assert.Equal(MigrationCatalog.All.Count, status.Pending.Count());
        Assert.Equal(before, await server.DumpAsync(database.AdminConnectionString));
    }

    [Fact]
    public async Task Status_shows_what_is_applied_what_is_pending_and_what_is_newer()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await new Migrator(database.OwnerConnectionString, TextWriter.Null).UpAsync(1, Cancel);
        await Sql.RunAsync(database.OwnerConnectionString, "insert into migrations.version_info values (9999, '2031-02-03 04:05:06Z', 'Tomorrow')");
        await using var output = new StringWriter();

        (await new Migrator(database.OwnerConnectionString, TextWriter.Null).StatusAsync(Cancel)).WriteTo(output);

        var lines = output.ToString().Split(Environment.NewLine);
        Assert.StartsWith("version  name", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^ {6}1  Identity +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", lines[1]);
        Assert.Matches("^ {6}2  Sessions +pending$", lines[2]);
        Assert.Matches("^ {3}9999  Tomorrow +2031-02-03 04:05:06  newer than this build$", lines[MigrationCatalog.All.Count + 1]);
        Assert.Equal($"Database '{database.Name}' is at 9999; {MigrationCatalog.All.Count - 1} pending.", lines[MigrationCatalog.All.Count + 2]);
    }

    [Fact]
    public async Task The_time_of_a_migration_is_the_time_of_the_database_in_any_time_zone()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(database.AdminConnectionString, $"alter database {database.Name} set timezone = 'Pacific/Auckland'");

        await new Migrator(database.OwnerConnectionString, TextWriter.Null).UpAsync(1, Cancel);

        Assert.Equal(true, await Sql.RunAsync(
            database.AdminConnectionString, "select applied_at between now() - interval '10 minutes' and now() from migrations.version_info"));
    }

    private static async Task<string> ScriptAsync(TestDatabase database)
    {
        await using var script = new StringWriter();
        await new Migrator(database.OwnerConnectionString, script).WriteScriptAsync(Cancel);
        return script.ToString();
    }
}
