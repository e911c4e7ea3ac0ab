using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Compat;

public sealed class VersionTableTests(PostgresServer postgres)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rolling_back_reverts_the_newest_and_with_the_last_of_them_the_version_table_goes(bool ownsSchema)
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three(), new MigrationSession.VersionTable(ownsSchema));
        session.Runner.MigrateUp();

        session.Runner.Rollback(2);
        Assert.Equal([1], await session.AppliedAsync());

        session.Runner.Rollback(1);
        Assert.False(await session.ExistsAsync("history.applied"));
        Assert.Equal(!ownsSchema, await session.ReadAsync<bool>("select to_regnamespace('history') is not null"));
    }

    [Fact]
    public async Task A_version_table_that_is_there_is_used_as_it_is()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());
        await session.ReadAsync<bool>(
            "create schema history; create table history.applied (version bigint primary key, applied_on timestamptz, description text); insert into history.applied values (1); select true");

        session.Runner.MigrateUp(2);

        Assert.Equal([1, 2], await session.AppliedAsync());
        Assert.False(await session.ExistsAsync("people"));
    }

    [Fact]
    public async Task A_version_table_with_a_primary_key_is_refused()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three(), new MigrationSession.VersionTable(CreateWithPrimaryKey: true));

        Assert.Throws<NotSupportedException>(session.Runner.MigrateUp);
        Assert.False(await session.ExistsAsync("history.applied"));
    }

    [Fact]
    public async Task What_is_pending_and_what_is_applied_can_be_asked()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        using var session = new MigrationSession(database.AdminConnectionString, MigrationAssembly.Three());

        Assert.True(session.Runner.HasMigrationsToApplyUp());
        session.Runner.MigrateUp(2);

        Assert.True(session.Runner.HasMigrationsToApplyUp());
        Assert.False(session.Runner.HasMigrationsToApplyUp(2));
        Assert.Equal([2, 1], session.Versions.VersionInfo.AppliedMigrations());
        Assert.Equal(2, session.Versions.VersionInfo.Latest());

        await session.ReadAsync<bool>("insert into history.applied (version) values (99); select true");
        Assert.False(session.Versions.VersionInfo.HasAppliedMigration(99));
        session.Versions.LoadVersionInfo();
        Assert.True(session.Versions.VersionInfo.HasAppliedMigration(99));
    }
}
