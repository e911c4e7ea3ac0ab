using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Operations;
using HardenedService.Operations.Databases;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Data;

/// <summary>The API's password of the database changes under people's hands. On a server of its own: roles belong to all databases.</summary>
public sealed class PasswordRotationTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>
{
    private const int Clients = 14;

    private readonly ConcurrentDictionary<int, (ApiHost By, int Count)> _served = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private volatile ApiHost _serving = null!;

    [Fact]
    public async Task Replicas_move_to_the_other_role_and_back_and_no_request_fails()
    {
        await ProvisionAsync("the password at first");
        var connection = new NpgsqlConnectionStringBuilder(postgres.Database.AppConnectionString) { Password = "the password at first" };
        _serving = ApiHost.Start(connection.ConnectionString);
        var (email, token) = await _serving.NewPersonAsync(postgres.Database);
        using var end = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(client => UseAsync(client, email, token, end.Token)).ToList();
        await ServesEveryoneAsync();

        await RefusedAsync("begin", connection.Password!, "is the password that the API has already");
        await RefusedAsync("end", "the password of nobody", "is not the password of one of the two roles");
        connection = await RotateAsync(connection, DatabaseRoles.AlternateApp, "the first new password");

        // What was retired stays so, whoever provisions once more.
        await ProvisionAsync("the password of a deployment");
        Assert.False(await LogsInAsync(new(connection.ConnectionString) { Username = DatabaseRoles.App, Password = "the password of a deployment" }));
        await RotateAsync(connection, DatabaseRoles.App, "the second new password");

        await end.CancelAsync();
        await Task.WhenAll(clients);
        _serving.Dispose();
        Assert.Empty(_failures);
        await ProvisionAsync("app-secret");
        Assert.True(await LogsInAsync(new(postgres.Database.AppConnectionString)));
    }

    private Task ProvisionAsync(string password) => Provisioning.ApplyAsync(
        postgres.Database.AdminConnectionString, postgres.Database.Name, new("owner-secret", password, "operator-secret"), CancellationToken.None);

    private async Task<NpgsqlConnectionStringBuilder> RotateAsync(NpgsqlConnectionStringBuilder old, string role, string password)
    {
        for (var again = 0; again < 2; again++)
        {
            var (code, output, error) = await CallAsync("begin", password);
            Assert.Equal((0, ""), (code, error));
            Assert.StartsWith($"{role} has the new password", output, StringComparison.Ordinal);
        }

        var before = _serving;
        var connection = new NpgsqlConnectionStringBuilder(old.ConnectionString) { Username = role, Password = password };
        _serving = ApiHost.Start(connection.ConnectionString);
        await ServesEveryoneAsync();
        await RefusedAsync("begin", "a third password", "a rotation with another password is under way");
        await RefusedAsync("end", password, $"{old.Username} is still in use");

        before.Dispose();
        await Eventually.HoldsAsync(async () => (await CallAsync("end", password)).Code == 0, "nobody has the old password");
        Assert.False(await LogsInAsync(old));

        // Every connection anew.
        _serving.Services.GetRequiredService<NpgsqlDataSource>().Clear();
        _serving.Services.GetRequiredKeyedService<NpgsqlDataSource>(SessionLookup.Pool).Clear();
        await ServesEveryoneAsync();

        return connection;
    }

    private static async Task<bool> LogsInAsync(NpgsqlConnectionStringBuilder with)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(with.ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState.StartsWith("28", StringComparison.Ordinal))
        {
            return false;
        }
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

    // Everyone three times, so that sessions, the account and what follows have all been asked for.
    private async Task ServesEveryoneAsync()
    {
        _served.Clear();
        var serving = _serving;
        await Eventually.HoldsAsync(
            () => Enumerable.Range(0, Clients).All(client => _served.TryGetValue(client, out var served) && served.By == serving && served.Count >= 3), "everyone is served");
    }

    private async Task UseAsync(int client, string email, string token, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));

        while (!end.IsCancellationRequested)
        {
            var by = _serving;
            using var request = client % 7 == 0
                ? new HttpRequestMessage(HttpMethod.Post, "/v1/sessions") { Content = JsonContent.Create(new { email, password = People.Password, transport = "bearer" }) }
                : new HttpRequestMessage(HttpMethod.Get, client % 2 == 0 ? "/v1/account" : "/v1/sessions/current");
            request.Headers.Authorization = request.Method == HttpMethod.Get ? new AuthenticationHeaderValue("Bearer", token) : null;

            try
            {
                using var answer = await by.Public.SendAsync(request, CancellationToken.None);

                if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created))
                {
                    _failures.Enqueue($"{request.RequestUri}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
                }
            }
            catch (HttpRequestException exception)
            {
                _failures.Enqueue($"{request.RequestUri}: {exception}");
            }

            _served.AddOrUpdate(client, _ => (by, 1), (_, known) => (by, known.By == by ? known.Count + 1 : 1));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
