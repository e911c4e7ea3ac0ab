using System.Net;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations.Planted;

namespace HardenedService.Tests.Migrations;

/// <summary>The API on the schema of a release to come, and beside the migrations that bring it there.</summary>
public sealed class NextReleaseTests(ApiFixture api, PostgresServer server) : IClassFixture<ApiFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Wall("K4")]
    [Wall("K5")]
    public async Task The_api_goes_on_while_the_next_release_migrates_and_afterwards()
    {
        var migrator = PlantedMigrations.MigratorOf(api.Database.OwnerConnectionString);
        var email = await api.NewPersonAsync();
        var session = await api.NewSessionAsync(email);
        foreach (var version in new[] { PlantedMigrations.Expand, PlantedMigrations.Index, PlantedMigrations.Backfill, PlantedMigrations.Validate })
        {
            await migrator.UpAsync(version, Cancel);
            await IsAsItWasAsync();
        }

        // The one after fails half-way: nothing of it stays, and the API does not notice.
        var failure = await Assert.ThrowsAsync<MigrationException>(() => migrator.UpAsync(PlantedMigrations.Broken, Cancel));

        Assert.StartsWith("Migration 9005 (Broken) could not be applied: 42703 ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("(M9005_Broken.up.sql:6)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(PlantedMigrations.Validate, (await migrator.StatusAsync(Cancel)).Level);
        Assert.Equal(0L, await api.ScalarAsync<long>("select count(*) from pg_attribute where attrelid = 'identity.accounts'::regclass and attname = 'half'"));
        await IsAsItWasAsync();

        async Task IsAsItWasAsync()
        {
            Assert.Equal(HttpStatusCode.OK, (await api.Api.Management.GetAsync("/health/ready", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, "/v1/sessions/current", session)).StatusCode);
            await api.NewSessionAsync(await api.NewPersonAsync());
        }
    }

    [Fact]
    public async Task What_does_not_pass_the_lint_is_not_applied_nor_what_comes_before_it()
    {
        await using var database = await server.CreateDatabaseAsync();
        var migrator = PlantedMigrations.MigratorOf(database.OwnerConnectionString);

        foreach (var attempt in new Func<Task>[] { () => migrator.UpAsync(null, Cancel), () => migrator.WriteScriptAsync(Cancel) })
        {
            var refusal = await Assert.ThrowsAsync<MigrationException>(attempt);
            Assert.StartsWith("Nothing was changed.\nM9006_Unsafe.up.sql:2: create-index: ", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(MigrationCatalog.All[^1].Version, (await migrator.StatusAsync(Cancel)).Level);
    }

    [Fact]
    [Wall("K4")]
    public async Task Where_a_released_script_was_edited_nothing_is_applied()
    {
        await using var database = await server.CreateDatabaseAsync();
        var migrator = new Migrator(database.OwnerConnectionString, TextWriter.Null, new MigratorOptions { Catalog = PlantedMigrations.Edited });

        var refusal = await Assert.ThrowsAsync<MigrationException>(() => migrator.UpAsync(null, Cancel));

        Assert.StartsWith("Nothing was changed.\nM9001_Expand.up.sql:1: released: changed since it was released", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(MigrationCatalog.All[^1].Version, (await migrator.StatusAsync(Cancel)).Level);
    }

    [Fact]
    [Wall("K4")]
    public async Task Writers_go_on_during_every_migration()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var migrator = PlantedMigrations.MigratorOf(database.OwnerConnectionString);
        var versions = PlantedMigrations.Catalog.Migrations.Select(migration => migration.Version).Where(version => version < PlantedMigrations.Broken).ToList();
        await migrator.UpAsync(versions[0], Cancel);

        foreach (var version in versions.Skip(1))
        {
            await using var writer = new SteadyWriter(database.AppConnectionString);
            await writer.HasWrittenAsync();
            await migrator.UpAsync(version, Cancel);
            await writer.HasWrittenAsync();
            var longest = await writer.EndAsync();

            TestContext.Current.TestOutputHelper?.WriteLine($"During migration {version} a writer paused for {longest.TotalMilliseconds:0} ms at the longest.");
        }
    }
}
