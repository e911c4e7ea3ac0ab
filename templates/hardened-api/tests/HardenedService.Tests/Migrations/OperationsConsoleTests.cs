using HardenedService.Operations;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Migrations;

[Collection("roles")]
public sealed class OperationsConsoleTests(PostgresServer server)
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
    public async Task A_failure_is_one_line_and_exit_code_1()
    {
        await using var database = await server.CreateEmptyDatabaseAsync();
        await Sql.RunAsync(database.OwnerConnectionString, "create schema identity");

        var up = await CallAsync("migrate up", ("Operations:OwnerConnectionString", database.OwnerConnectionString));

        Assert.Equal(1, up.ExitCode);
        Assert.Equal(
            "Migration 1 (Identity) could not be applied: 42P06 schema \"identity\" already exists." + Environment.NewLine, up.Error);
    }

    [Fact]
    public async Task An_unreachable_database_is_one_line_without_the_password()
    {
        var status = await CallAsync(
            "migrate status", ("Operations:OwnerConnectionString", "Host=127.0.0.1;Port=1;Username=someone;Password=quite-secret"));

        Assert.Equal(1, status.ExitCode);
        Assert.Equal("Failed to connect to 127.0.0.1:1" + Environment.NewLine, status.Error);
    }

    [Theory]
    [InlineData("migrate up", "Operations:OwnerConnectionString", "Operations__OwnerConnectionString")]
    [InlineData("migrate status", "Operations:OwnerConnectionString", "Operations__OwnerConnectionString")]
    [InlineData("provision", "Operations:AdminConnectionString", "Operations__AdminConnectionString")]
    public async Task A_missing_setting_is_one_line_that_names_it(string arguments, string key, string variable)
    {
        var call = await CallAsync(arguments);

        Assert.Equal((2, ""), (call.ExitCode, call.Output));
        Assert.Equal($"{key} is not set; set the environment variable {variable}." + Environment.NewLine, call.Error);
    }

    [Fact]
    public async Task A_setting_that_is_no_connection_string_is_not_repeated()
    {
        var call = await CallAsync("migrate up", ("Operations:OwnerConnectionString", "postgres://someone:quite-secret@somewhere"));

        Assert.Equal(2, call.ExitCode);
        Assert.StartsWith("Operations:OwnerConnectionString is not a PostgreSQL connection string", call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("quite-secret", call.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("migrate down")]
    [InlineData("migrate up --to soon")]
    [InlineData("migrate")]
    [InlineData("migrate sideways")]
    [InlineData("")]
    public async Task Wrong_usage_is_exit_code_2(string arguments)
    {
        var call = await CallAsync(arguments);

        Assert.Equal(2, call.ExitCode);
        Assert.NotEmpty(call.Error);
    }

    [Theory]
    [InlineData("--help", "migrate")]
    [InlineData("migrate --help", "script")]
    [InlineData("migrate down --help", "--yes")]
    [InlineData("migrate lint --help", "docs/migrations.md")]
    [InlineData("migrate release --help", "released.sha256")]
    [InlineData("provision --help", "--script")]
    [InlineData("backup --help", "--logical")]
    [InlineData("backup wal --help", "%p")]
    [InlineData("restore-drill --help", "--at")]
    [InlineData("restore --help", "--to")]
    public async Task Help_is_there_for_every_verb(string arguments, string expected)
    {
        var call = await CallAsync(arguments);

        Assert.Equal((0, ""), (call.ExitCode, call.Error));
        Assert.Contains(expected, call.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provision_sets_up_a_database_that_migrate_can_use()
    {
        await using var database = server.Database(server.NewName());

        var provision = await CallAsync(
            $"provision --database {database.Name}",
            ("Operations:AdminConnectionString", server.AdminConnectionString),
            ("Operations:OwnerPassword", server.Passwords.Owner),
            ("Operations:AppPassword", server.Passwords.App),
            ("Operations:OperatorPassword", server.Passwords.Operator));
        var up = await CallAsync("migrate up", ("Operations:OwnerConnectionString", database.OwnerConnectionString));

        Assert.Equal((0, ""), (provision.ExitCode, provision.Error));
        Assert.Equal((0, ""), (up.ExitCode, up.Error));
        Assert.Equal(MigrationCatalog.All[^1].Version, await Sql.RunAsync(database.AppConnectionString, "select max(version) from migrations.version_info"));
    }

    [Theory]
    [InlineData("short", "Operations:OwnerPassword must be at least 16 characters of printable ASCII.")]
    [InlineData(null, "Operations:OwnerPassword is not set; set the environment variable Operations__OwnerPassword.")]
    public async Task Provision_refuses_a_weak_or_missing_password(string? password, string message)
    {
        var provision = await CallAsync(
            "provision", ("Operations:AdminConnectionString", server.AdminConnectionString), ("Operations:OwnerPassword", password));

        Assert.Equal((2, message + Environment.NewLine), (provision.ExitCode, provision.Error));
    }

    [Fact]
    public async Task Provision_prints_its_script_without_any_setting()
    {
        var script = await CallAsync("provision --script --database shop");

        Assert.Equal(0, script.ExitCode);
        Assert.Contains("\\password hardened_service_owner", script.Output, StringComparison.Ordinal);
        Assert.Contains("\\connect \"shop\"", script.Output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> CallAsync(
        string arguments, params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Build();
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var exitCode = await OperationsConsole.InvokeAsync(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), configuration, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
