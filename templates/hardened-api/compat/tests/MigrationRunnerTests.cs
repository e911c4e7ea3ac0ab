using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Compat;

public sealed class MigrationRunnerTests(PostgresServer postgres)
{
    [Fact]
    public async Task Migrations_apply_once_each_and_are_noted_in_a_version_table_that_is_made_for_them()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());

        session.Runner.MigrateUp();
        session.Runner.MigrateUp();

        Assert.Equal([1, 2, 3], await session.AppliedAsync());
        Assert.Equal(
            ["The people", "Places", "An index, built while the table is in use"],
            await session.ReadAsync<string[]>("select array_agg(description order by version) from history.applied"));
        Assert.True(await session.ReadAsync<bool>(
            "select bool_and(timezone('UTC', now()) - applied_on between interval '0' and interval '5 minutes') from history.applied"));
        Assert.Equal(
            "version bigint, applied_on timestamp without time zone, description character varying(1024)",
            await session.ReadAsync<string>(
                "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) from pg_attribute where attrelid = 'history.applied'::regclass and attnum > 0"));
        Assert.True(await session.ReadAsync<bool>("select indisunique from pg_index where indexrelid = 'history.applied_version_key'::regclass"));
    }

    [Fact]
    public async Task A_failing_migration_leaves_nothing_and_no_version_row_and_those_before_it_stay()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(People), typeof(Failing)));

        var error = Assert.Throws<Exception>(session.Runner.MigrateUp);

        Assert.Contains("select 1 / 0 as broken", error.Message, StringComparison.Ordinal);
        Assert.Equal(PostgresErrorCodes.DivisionByZero, Assert.IsType<PostgresException>(error.InnerException).SqlState);
        Assert.Equal([1], await session.AppliedAsync());
        Assert.True(await session.ExistsAsync("people"));
        Assert.False(await session.ExistsAsync("leftover"));
        Assert.False(session.Versions.VersionInfo.HasAppliedMigration(5));
    }

    [Fact]
    public async Task A_failing_way_back_keeps_the_migration_applied()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(People), typeof(IrreversiblePeople)));
        session.Runner.MigrateUp();

        Assert.Throws<Exception>(() => session.Runner.MigrateDown(0));

        Assert.Equal([1, 8], await session.AppliedAsync());
        Assert.Equal(1L, await session.ReadAsync<long>("select count(*) from people"));
    }

    [Fact]
    public async Task Without_a_transaction_each_command_stands_alone()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(People), typeof(IndexOnPeople)));

        session.Runner.MigrateUp();

        Assert.True(await session.ReadAsync<bool>("select indisvalid from pg_index where indexrelid = 'people_name_idx'::regclass"));
        Assert.Equal([1, 3], await session.AppliedAsync());
    }

    [Fact]
    public async Task Without_a_transaction_a_failure_leaves_what_ran_before_it_and_no_version_row()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(FailingOutsideATransaction)));

        Assert.Throws<Exception>(session.Runner.MigrateUp);

        Assert.True(await session.ExistsAsync("leftover"));
        Assert.Empty(await session.AppliedAsync());
    }

    [Fact]
    public async Task Several_statements_in_one_command_share_a_transaction_even_so()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(People), typeof(IndexInOneCommand)));

        var error = Assert.Throws<Exception>(session.Runner.MigrateUp);

        Assert.Equal(PostgresErrorCodes.ActiveSqlTransaction, Assert.IsType<PostgresException>(error.InnerException).SqlState);
    }

    [Fact]
    public async Task A_command_may_take_only_so_long()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, new MigrationAssembly(typeof(Endless)));

        var error = Assert.Throws<Exception>(session.Runner.MigrateUp);

        Assert.IsType<TimeoutException>(error.InnerException?.InnerException);
    }

    [Fact]
    public async Task Up_and_down_stop_at_the_version_given()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());

        session.Runner.MigrateUp(2);
        Assert.Equal([1, 2], await session.AppliedAsync());

        session.Runner.MigrateDown(1);
        Assert.Equal([1], await session.AppliedAsync());
        Assert.False(await session.ExistsAsync("places"));
    }

    [Fact]
    public async Task Down_to_nothing_keeps_the_version_table_and_the_way_up_is_open_again()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());
        session.Runner.MigrateUp();

        session.Runner.MigrateDown(0);
        Assert.Empty(await session.AppliedAsync());
        Assert.False(await session.ExistsAsync("people"));

        session.Runner.MigrateUp();
        Assert.Equal([1, 2, 3], await session.AppliedAsync());
    }

    [Fact]
    public async Task The_log_lists_every_migration_with_its_state()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());
        session.Runner.MigrateUp(2);
        session.Log.Messages.Clear();

        session.Runner.ListMigrations();

        Assert.Equal(["1: People", "2: Places (current)", "3: IndexOnPeople (not applied)"], session.Log.Messages);
    }
}
