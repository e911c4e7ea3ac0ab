using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using static HardenedService.Tests.Migrations.OperationsConsoleTests;

namespace HardenedService.Tests.Migrations;

/// <summary>The verbs of <c>migrate</c>, at the console.</summary>
[Collection("roles")]
public sealed class MigrateCommandTests(PostgresServer server)
{
    [Fact]
    public async Task The_verbs_of_migrate_move_the_schema()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var owner = ("Operations:OwnerConnectionString", (string?)database.OwnerConnectionString);

        var up = await CallAsync("migrate up --to 2", owner);
        var script = await CallAsync("migrate script", owner);
        var down = await CallAsync("migrate down --to 1 --yes", owner);
        var status = await CallAsync("migrate status", owner);

        Assert.Equal((0, ""), (up.ExitCode, up.Error));
        Assert.Matches(@"^Migration 1 \(Identity\) applied in \d+ ms\.\s+Migration 2 \(Sessions\) applied in \d+ ms\.\s+$", up.Output);
        Assert.Equal(0, script.ExitCode);
        Assert.Contains("create table platform.outbox_messages", script.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("create table identity.sessions", script.Output, StringComparison.Ordinal);
        Assert.Equal(0, down.ExitCode);
        Assert.Matches(@"^Migration 2 \(Sessions\) taken back in \d+ ms\.\s+$", down.Output);
        Assert.Equal(0, status.ExitCode);
        Assert.Contains($"is at 1; {MigrationCatalog.All.Count - 1} pending.", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_and_release_read_the_scripts_of_this_build_and_need_no_database()
    {
        var folder = Directory.CreateTempSubdirectory("hardened-service-tests-");
        try
        {
            var lint = await CallAsync("migrate lint");
            var release = await CallAsync($"migrate release --folder {folder.FullName}");
            var released = await File.ReadAllLinesAsync(Path.Combine(folder.FullName, "released.sha256"), TestContext.Current.CancellationToken);

            Assert.Equal((0, ""), (lint.ExitCode, lint.Error));
            Assert.Matches(@"^\d+ migrations, nothing found; \d+ statements pass by an assurance\.\s+$", lint.Output);
            Assert.Equal((0, ""), (release.ExitCode, release.Error));
            Assert.Equal(2 * MigrationCatalog.All.Count, released.Length);
            Assert.Matches("^[0-9a-f]{64}  M0001_Identity.up.sql$", released[0]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Status_lists_what_passes_by_an_assurance_and_why()
    {
        await using var database = await server.CreateDatabaseAsync();

        var status = await CallAsync("migrate status", ("Operations:OwnerConnectionString", database.OwnerConnectionString));

        Assert.Matches(@"\n  M0008_Organizations\.up\.sql:\d+  tenant-wall: a session is found by its token, ", status.Output);
    }

    [Theory]
    [InlineData("0", 2)]
    [InlineData("60", 0)]
    public async Task A_statement_may_be_given_longer(string minutes, int exitCode)
    {
        await using var database = await server.CreateDatabaseAsync();

        var up = await CallAsync($"migrate up --statement-timeout {minutes}", ("Operations:OwnerConnectionString", database.OwnerConnectionString));

        Assert.Equal(exitCode, up.ExitCode);
        Assert.Equal(exitCode != 0, up.Error.Contains("--statement-timeout is a number from 1 to 10080.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_calls_at_once_both_succeed()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        var owner = ("Operations:OwnerConnectionString", (string?)database.OwnerConnectionString);

        var calls = await Task.WhenAll(CallAsync("migrate up", owner), CallAsync("migrate up", owner));

        Assert.All(calls, call => Assert.Equal((0, ""), (call.ExitCode, call.Error)));
    }

    [Theory]
    [InlineData(null, null, 2)]
    [InlineData("Production", "Development", 2)]
    [InlineData("Development", "production", 2)]
    [InlineData(null, "Development", 0)]
    [InlineData("Staging", null, 0)]
    public async Task Production_is_not_taken_back_without_yes(string? dotnet, string? aspnetcore, int exitCode)
    {
        await using var database = await server.CreateDatabaseAsync();

        var down = await CallAsync(
            "migrate down --to 3",
            ("Operations:OwnerConnectionString", database.OwnerConnectionString),
            ("DOTNET_ENVIRONMENT", dotnet),
            ("ASPNETCORE_ENVIRONMENT", aspnetcore));

        Assert.Equal(exitCode, down.ExitCode);
        Assert.Equal(exitCode == 0 ? 3L : MigrationCatalog.All[^1].Version, await Sql.RunAsync(database.AppConnectionString, "select max(version) from migrations.version_info"));
        Assert.Equal(exitCode != 0, down.Error.Contains("repeat the call with --yes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Release_names_a_folder_that_is_not_there_before_anything_else()
    {
        var missing = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}");

        var release = await CallAsync($"migrate release --folder {missing}");

        Assert.Equal((2, "", $"There is no folder {missing}: say where the scripts lie, by --folder.{Environment.NewLine}"), (release.ExitCode, release.Output, release.Error));
    }
}
