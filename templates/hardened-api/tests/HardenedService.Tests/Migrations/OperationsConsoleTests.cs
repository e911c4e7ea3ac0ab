using HardenedService.Operations;
using HardenedService.Operations.Migrations;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Migrations;

[Collection("roles")]
public sealed class OperationsConsoleTests(PostgresServer server)
{
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
    [InlineData("readiness --help", "--tier")]
    [InlineData("readiness record --help", "security_review")]
    [InlineData("readiness alert-test --help", "--alertmanager")]
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

    /// <summary>Calls the console with these settings and no others.</summary>
    internal static async Task<(int ExitCode, string Output, string Error)> CallAsync(
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
