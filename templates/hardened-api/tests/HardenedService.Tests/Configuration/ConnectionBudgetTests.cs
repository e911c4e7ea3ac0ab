using System.Globalization;
using HardenedService.Operations;
using HardenedService.Operations.Configuration;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Configuration;

/// <summary>What <c>config check --replicas</c> asks of the database before replicas do.</summary>
public sealed class ConnectionBudgetTests(PostgresServer postgres, Certificates certificates) : IClassFixture<Certificates>
{
    [Fact]
    public async Task Replicas_that_fit_are_counted_out_and_those_that_do_not_are_refused_with_the_sum()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var most = int.Parse((string)(await Sql.RunAsync(database.AdminConnectionString, "show max_connections"))!, CultureInfo.InvariantCulture);

        // Main 20, as these connection strings say; sessions 2, health 2.
        var (code, output, error) = await CheckAsync(database, 2);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Connections: 2 replicas x 24 (requests and workers 20, sessions 2, health 2) = 48, 2 more during a rollout 48, ", output, StringComparison.Ordinal);
        Assert.Matches($@"together \d+ of {most - 3} \(max_connections {most} less 3 reserved\)\.", output);
        Assert.DoesNotContain("No connection was made", output, StringComparison.Ordinal);

        var refused = await CheckAsync(database, most / 24);
        Assert.Equal(1, refused.Code);
        Assert.Contains("  Database:ConnectionString: has a Maximum Pool Size that is too large for the server. ", refused.Error, StringComparison.Ordinal);
        Assert.Matches(@"\d+ would fit; or raise max_connections", refused.Error);
        Assert.Contains("No size fits", (await CheckAsync(database, 1000)).Error, StringComparison.Ordinal);

        await Sql.RunAsync(database.AdminConnectionString, $"alter database {database.Name} connection limit 100");
        Assert.Contains("the database's connection limit of 100: replicas 96, a migration and a backup 5", (await CheckAsync(database, 2)).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CheckAsync(database, 1)).Code);
    }

    [Theory]
    [InlineData("Host=x", -1, "Database:PoolSize: is too large for the server. ")]
    [InlineData("Host=x;Maximum Pool Size=16", -1, "Database:ConnectionString: has a Maximum Pool Size that is too large for the server. ")]
    [InlineData("Host=x", 71, "Database:PoolSize: is too large for the role's connection limit of 71: 2 replicas x 18, and 2 more during a rollout, are 72.")]
    public void The_fault_names_the_setting_that_counts(string connectionString, int roleLimit, string fault)
    {
        var room = new ServerRoom(roleLimit < 0 ? 50 : 100, 3, roleLimit, -1, 0, TimeSpan.FromMilliseconds(900), IsPooled: false);

        Assert.StartsWith(fault, $"{Assert.Single(new ConnectionBudget(2, new() { ConnectionString = connectionString }, room).Faults)}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_of_both_sides_have_room_for_the_emitted_replicas_and_no_more()
    {
        var room = new ServerRoom(100, 3, -1, -1, 0, TimeSpan.FromMilliseconds(900), IsPooled: false);

        Assert.Empty(new ConnectionBudget(3, new() { ConnectionString = "Host=x" }, room).Faults);
        Assert.Empty(new ConnectionBudget(3, new() { ConnectionString = "Host=x" }, room with { RoleLimit = 90, DatabaseLimit = 95 }).Faults);
        Assert.Single(new ConnectionBudget(3, new() { ConnectionString = "Host=x", PoolSize = 15 }, room).Faults);
    }

    [Theory]
    [InlineData(0, "which it does not: ")]
    [InlineData(3_600_000, "which it does too late: ")]
    [InlineData(900, null)]
    public void A_pooler_has_to_end_statements_before_we_do(int milliseconds, string? fault)
    {
        var room = new ServerRoom(100, 3, -1, -1, 0, TimeSpan.FromMilliseconds(milliseconds), IsPooled: true);
        var faults = new ConnectionBudget(2, new() { ConnectionString = "Host=x", BehindPooler = true }, room).Faults.ToList();

        Assert.Equal(fault is null ? 0 : 1, faults.Count);
        Assert.All(faults, one => Assert.Contains($"{fault}PgBouncer's connect_query = 'set statement_timeout = 900'", one.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pooler_is_neither_passed_over_nor_imagined()
    {
        await using var database = await postgres.CreateDatabaseAsync();

        Assert.Contains("Database:BehindPooler: must be false: no pooler is in between", (await CheckAsync(database, 1, ("Database:BehindPooler", "true"))).Error, StringComparison.Ordinal);

        // What would be lost behind one is refused.
        var prepares = $"{database.AppConnectionString};Max Auto Prepare=5";
        Assert.Contains(
            "Database:ConnectionString: must hold neither Max Auto Prepare nor Options",
            (await CheckAsync(database, 0, ("Database:BehindPooler", "true"), ("Database:ConnectionString", prepares))).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_database_the_question_stays_open_and_that_is_a_failure()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var away = new NpgsqlConnectionStringBuilder(database.AppConnectionString) { Port = 1 }.ConnectionString;
        var (code, output, error) = await CheckAsync(database, 1, ("Database:ConnectionString", away));

        Assert.Equal(1, code);
        Assert.StartsWith("The API's settings are sound for Development", output, StringComparison.Ordinal);
        Assert.StartsWith("The database could not be asked, so that neither connections nor key ring are checked: ", error, StringComparison.Ordinal);
        Assert.Equal(0, (await CheckAsync(database, 0, ("Database:ConnectionString", away))).Code);
    }

    [Fact]
    [Wall("J2")]
    public async Task A_certificate_that_keys_still_need_is_missed_before_the_rollout()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var older = ("KeyRing:Certificate:File", certificates.KeyRing("older"));
        using (var host = ApiHost.Start(database.AppConnectionString, settings: new Dictionary<string, string> { [older.Item1] = older.Item2 }))
        {
            host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Protect("anything");
        }

        var next = ("KeyRing:Certificate:File", certificates.KeyRing("next", days: 400));
        Assert.Contains("Key ring: its keys, 1 of them, open", (await CheckAsync(database, 1, older)).Output, StringComparison.Ordinal);
        Assert.Contains("Key ring: its keys, 1 of them, open", (await CheckAsync(database, 1, next, ("KeyRing:OlderCertificates:0:File", older.Item2))).Output, StringComparison.Ordinal);

        var (code, output, error) = await CheckAsync(database, 1, next);
        Assert.Equal(1, code);
        Assert.Contains("  KeyRing:Certificate: The key ring does not open with the certificates of KeyRing", error, StringComparison.Ordinal);

        // One fault does not hide another.
        var both = (await CheckAsync(database, 1000, next)).Error;
        Assert.Contains("is too large for the server", both, StringComparison.Ordinal);
        Assert.Contains("The key ring does not open", both, StringComparison.Ordinal);

        // And one that ends soon is warned of, which the other one does not.
        Assert.DoesNotContain("Warning", output, StringComparison.Ordinal);
        Assert.Contains("Warning: the certificate of KeyRing ends on ", (await CheckAsync(database, 0, older)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_first_migration_there_is_no_key_ring_to_open()
    {
        await using var database = await postgres.CreateEmptyDatabaseAsync();
        var (code, output, error) = await CheckAsync(database, 1, ("KeyRing:Certificate:File", certificates.KeyRing("early")));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Key ring: none yet", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> CheckAsync(TestDatabase database, int replicas, params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>(ApiHost.Settings!) { ["Database:ConnectionString"] = database.AppConnectionString, ["Mail:Port"] = "1" };

        foreach (var (key, value) in settings)
        {
            values[key] = value;
        }

        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await OperationsConsole.InvokeAsync(
            replicas == 0 ? ["config", "check", "--environment", "Development"] : ["config", "check", "--environment", "Development", "--replicas", $"{replicas}"],
            new ConfigurationBuilder().AddInMemoryCollection(values).Build(),
            output,
            error,
            TestContext.Current.CancellationToken);

        return (code, output.ToString(), error.ToString());
    }
}
