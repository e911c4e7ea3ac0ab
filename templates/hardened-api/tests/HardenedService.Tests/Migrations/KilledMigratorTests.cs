using System.Diagnostics;
using HardenedService.Dev;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations.Planted;

namespace HardenedService.Tests.Migrations;

/// <summary>A migrator that is killed, or fails: PostgreSQL goes on without it, and leaves half an index behind.</summary>
[Wall("K4")]
public sealed class KilledMigratorTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_run_ends_what_a_killed_one_left_running_drops_its_index_and_completes()
    {
        await using var database = await server.CreateDatabaseAsync();
        await PlantedMigrations.MigratorOf(database.OwnerConnectionString).UpAsync(PlantedMigrations.Expand, Cancel);

        // A build waits for every transaction that might write without knowing of the index.
        await using var busy = await Sql.OpenAsync(database.AdminConnectionString);
        var transaction = await busy.BeginTransactionAsync(Cancel);
        await Sql.RunAsync(busy, "lock table identity.accounts in row exclusive mode");
        using (var killed = StartMigrator(database))
        {
            await Eventually.HoldsAsync(async () => killed.HasExited || await IsAsync(database, "not indisvalid"), "an index that is being built");
            Assert.False(killed.HasExited);
            killed.Kill();
            await killed.WaitForExitAsync(Cancel);
        }

        await using var output = new WatchedWriter();
        var next = PlantedMigrations.MigratorOf(database.OwnerConnectionString, output).UpAsync(PlantedMigrations.Index, Cancel);
        await output.LineOfAsync(next, "Ended what a migrator that is gone has left running");
        await transaction.DisposeAsync();
        await next;

        Assert.Contains("Dropping the index \"identity\".\"accounts_nickname_idx\"", output.ToString(), StringComparison.Ordinal);
        Assert.True(await IsAsync(database, "indisvalid"));
        Assert.Equal(PlantedMigrations.Index, (await PlantedMigrations.MigratorOf(database.OwnerConnectionString).StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task Killed_between_its_work_and_its_row_in_the_version_table_it_is_run_again()
    {
        await using var database = await server.CreateDatabaseAsync();
        var migrator = PlantedMigrations.MigratorOf(database.OwnerConnectionString);
        await migrator.UpAsync(PlantedMigrations.Index, Cancel);
        await Sql.RunAsync(database.OwnerConnectionString, $"delete from migrations.version_info where version = {PlantedMigrations.Index}");

        await migrator.UpAsync(PlantedMigrations.Validate, Cancel);

        Assert.True(await IsAsync(database, "indisvalid"));
        Assert.Equal(PlantedMigrations.Validate, (await migrator.StatusAsync(Cancel)).Level);
    }

    [Fact]
    public async Task An_index_that_could_not_be_built_is_not_left_half_built()
    {
        await using var database = await server.CreateDatabaseAsync();
        await using var output = new StringWriter();
        var migrator = PlantedMigrations.MigratorOf(database.OwnerConnectionString, output);
        await migrator.UpAsync(PlantedMigrations.Expand, Cancel);
        await Sql.RunAsync(database.AdminConnectionString, """
            alter table identity.accounts drop constraint accounts_nickname_fkey, drop constraint accounts_nickname_length_check;
            insert into identity.accounts (id, email, normalized_email, email_confirmed, password_hash, security_stamp, concurrency_stamp, nickname)
            select gen_random_uuid(), 'a@b.example', 'a@b.example', true, '', '', '', string_agg(md5(line::text), '')
            from generate_series(1, 1000) as line;
            """);

        var failure = await Assert.ThrowsAsync<MigrationException>(() => migrator.UpAsync(PlantedMigrations.Index, Cancel));

        Assert.StartsWith("Migration 9002 (Index) could not be applied: 54000 ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Dropping the index \"identity\".\"accounts_nickname_idx\"", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(true, await Sql.RunAsync(database.AdminConnectionString, "select to_regclass('identity.accounts_nickname_idx') is null"));
    }

    private static async Task<bool> IsAsync(TestDatabase database, string condition) => true.Equals(await Sql.RunAsync(
        database.AdminConnectionString, $"select {condition} from pg_index where indexrelid = to_regclass('identity.accounts_nickname_idx')"));

    private static Process StartMigrator(TestDatabase database)
    {
        var tests = typeof(StartupHook).Assembly.Location;
        return Process.Start(new ProcessStartInfo(ApiProcess.DotnetHost, [tests])
        {
            UseShellExecute = false,
            Environment = { ["DOTNET_STARTUP_HOOKS"] = tests, [StartupHook.Database] = database.OwnerConnectionString },
        })!;
    }
}
