using HardenedService.Operations;
using HardenedService.Operations.Databases;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Data;

/// <summary>The API's password of the database changes under people's hands. On a server of its own: roles belong to all databases.</summary>
public sealed class PasswordRotationTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>
{
    private const string First = "the password at first";
    private const string Known = "is the password that the API has already";

    [Fact]
    public async Task Replicas_move_to_the_other_role_and_back_and_no_request_fails()
    {
        var login = await StartOverAsync();
        await using var visitors = await Visitors.ComeAsync(ApiHost.Start(login.ConnectionString), postgres.Database);
        await visitors.AreServedAsync();
        await RefusedAsync("begin", First, Known);
        await RefusedAsync("end", "the password of nobody", "is not the password of one of the two roles");

        foreach (var (role, password) in new[] { (DatabaseRoles.AlternateApp, "the first new password"), (DatabaseRoles.App, "the second new password") })
        {
            login = await RotateAsync(visitors, login, role, password);

            // A deployment that was not told provisions with what it has: nothing of the API's changes.
            await ProvisionAsync(First);
            Assert.False(await LogsInAsync(As(DatabaseRoles.App, First)));
            Assert.True(await LogsInAsync(login));
        }
    }

    [Fact]
    public async Task A_rotation_that_nobody_has_followed_is_begun_anew_or_called_off()
    {
        var login = await StartOverAsync();

        foreach (var next in new[] { DatabaseRoles.AlternateApp, DatabaseRoles.App })
        {
            string[] passwords = [$"lost, of {next}", $"called off, of {next}", $"right, of {next}"];

            await using (var replica = await ConnectAsync(login))
            {
                await BeginsAsync(next, passwords[0]);
                await BeginsAsync(next, passwords[1]);
                Assert.False(await LogsInAsync(As(next, passwords[0])));
                Assert.True(await LogsInAsync(As(next, passwords[1])));

                Assert.Equal(0, (await CallAsync("end", login.Password!)).Code);
                Assert.False(await LogsInAsync(As(next, passwords[1])));

                await BeginsAsync(next, passwords[2]);
                await LeaveAsync(replica);
            }

            // With nobody connected, a password could be given to the role that the API has.
            await BeginsAsync(next, passwords[2]);
            await RefusedAsync("begin", "any other password", "Nobody is connected as");
            await RefusedAsync("end", passwords[2], $"Nobody is connected as {next}");
            Assert.True(await LogsInAsync(login));

            login = As(next, passwords[2]);
            await using var moved = await ConnectAsync(login);
            Assert.Equal(0, (await CallAsync("end", passwords[2])).Code);
            await RefusedAsync("begin", passwords[2], Known);
            await LeaveAsync(moved);
        }
    }

    private async Task<NpgsqlConnectionStringBuilder> RotateAsync(Visitors visitors, NpgsqlConnectionStringBuilder old, string role, string password)
    {
        await BeginsAsync(role, password);
        await BeginsAsync(role, password);

        var login = As(role, password);

        using (visitors.Move(ApiHost.Start(login.ConnectionString)))
        {
            await visitors.AreServedAsync();
            await RefusedAsync("begin", "a third password", "a rotation with another password is under way");
            await RefusedAsync("end", password, $"{old.Username} is still in use");
        }

        await Eventually.HoldsAsync(async () => (await CallAsync("end", password)).Code == 0, "nobody has the old password");
        Assert.False(await LogsInAsync(old));

        // Every connection anew.
        visitors.Serving.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        visitors.Serving.Services.GetRequiredKeyedService<NpgsqlDataSource>(SessionLookup.Pool).Clear();
        await visitors.AreServedAsync();
        await RefusedAsync("begin", password, Known);

        return login;
    }

    // As before the first rotation, with nobody connected.
    private async Task<NpgsqlConnectionStringBuilder> StartOverAsync()
    {
        await Sql.RunAsync(
            postgres.Database.AdminConnectionString,
            $"""
            select pg_terminate_backend(pid, 30000)
            from pg_stat_activity
            where usename in ('{DatabaseRoles.App}', '{DatabaseRoles.AlternateApp}');
            drop role if exists {DatabaseRoles.AlternateApp};
            """);
        await ProvisionAsync(First);

        return As(DatabaseRoles.App, First);
    }

    private Task ProvisionAsync(string password) => Provisioning.ApplyAsync(
        postgres.Database.AdminConnectionString, postgres.Database.Name, new("owner-secret", password, "operator-secret"), CancellationToken.None);

    private NpgsqlConnectionStringBuilder As(string role, string password) => new(postgres.Database.AppConnectionString) { Username = role, Password = password };

    private static async Task<NpgsqlConnection> ConnectAsync(NpgsqlConnectionStringBuilder login)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(login.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();

        return connection;
    }

    // Until the server has seen it, too.
    private async Task LeaveAsync(NpgsqlConnection connection)
    {
        var session = connection.ProcessID;
        await connection.CloseAsync();
        await Eventually.HoldsAsync(
            async () => await Sql.RunAsync(postgres.Database.AdminConnectionString, $"select 1 from pg_stat_activity where pid = {session}") is null,
            "the server has seen that it is left");
    }

    private async Task<bool> LogsInAsync(NpgsqlConnectionStringBuilder login)
    {
        try
        {
            await using var connection = await ConnectAsync(login);
            await LeaveAsync(connection);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState.StartsWith("28", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task BeginsAsync(string role, string password)
    {
        var (code, output, error) = await CallAsync("begin", password);

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith($"{role} has the new password", output, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string verb, string password, string why)
    {
        var (code, output, error) = await CallAsync(verb, password);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Error)> CallAsync(string verb, string password)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Operations:AdminConnectionString"] = postgres.Database.AdminConnectionString,
            ["Operations:AppPassword"] = password,
        };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await OperationsConsole.InvokeAsync(
            ["rotate", verb, "--database", postgres.Database.Name],
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
            output,
            error,
            TestContext.Current.CancellationToken);

        return (code, output.ToString(), error.ToString());
    }
}
