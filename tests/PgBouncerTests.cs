using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;
using Npgsql;

namespace HardenedStarter.Tests;

/// <summary>The emitted service behind Debian's PgBouncer in transaction mode, as docs/configuration.md tells to set both up.</summary>
public sealed class PgBouncerTests(TemplateFixture template)
{
    private const int Clients = 14;
    private const int Rounds = 12;
    private const int ServerConnections = 5;
    private const int StatementTimeout = 20_000;
    private const string Password = "correct horse battery staple";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    private static readonly string Configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [Fact]
    public async Task The_service_serves_through_it_many_clients_on_few_connections()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no PgBouncer.");
        var (folder, cancel) = (template.NewFolder(), TestContext.Current.CancellationToken);
        var data = Path.Combine(folder, "data");
        var scanner = ServicePorts.Free().Port;
        await using var clamd = await Clamd.StartAsync(folder, scanner);

        // The runner's own API delivers what it wrote itself, and leaves the replica's messages to the replica.
        await using var runner = await RunningService.StartAsync(
            Repository.Template,
            data,
            cancel,
            Configuration,
            new Dictionary<string, string> { ["Outbox__PollInterval"] = "00:01:00", ["Outbox__ReplaceableFor"] = "00:00:00", ["Scanner__Port"] = $"{scanner}" });
        var emails = await Task.WhenAll(RegisterAsync(runner, cancel), RegisterAsync(runner, cancel));
        var direct = new NpgsqlConnectionStringBuilder(Replica.ConnectionString(data));
        await using var bouncer = await PgBouncer.StartAsync(
            Path.Combine(folder, "pgbouncer"), ServicePorts.Free().Port, direct.Port, ServerConnections, StatementTimeout, (direct.Username!, direct.Password!));
        var pooled = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = bouncer.Port }.ConnectionString;
        await ConsoleSeesItAsync(direct.ConnectionString, pooled, cancel);

        using var replica = Replica.Start(
            data,
            ServicePorts.Free(),
            Configuration,
            [("Database__ConnectionString", pooled), ("Database__BehindPooler", "true"), ("Scanner__Port", $"{scanner}")]);
        await replica.BecomesReadyAsync(cancel);

        var people = await Task.WhenAll(emails.Select(email => SignInAsync(replica, email, cancel)));
        var made = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => UseAsync(replica, people[client % people.Length], cancel)));

        // Each key made one document, and those of one person are the other's in nothing.
        var documents = made.SelectMany(keys => keys).GroupBy(one => one.Key, one => one.Document).ToDictionary(group => group.Key, group => group.Distinct().Single());
        Assert.Equal(people.Length * Rounds, documents.Values.Distinct().Count());

        // Nothing of a transaction stays with its connection.
        await using (var pool = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(pooled) { NoResetOnClose = true }))
        {
            Assert.All(await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => LeftAsync(pool))), left => Assert.Equal((StatementTimeout, ""), left));
        }

        // The replica's outbox, which is the only one that looks, had each of them scanned.
        foreach (var person in people)
        {
            using var client = new ServiceClient(replica.Ports, cancel) { Bearer = person.Token };

            foreach (var document in documents.Where(one => one.Key.Email == person.Email).Select(one => one.Value))
            {
                await client.WaitAsync(document, found => found.GetProperty("status").GetString() == "clean", Patience);
            }
        }

        using var management = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Matches(
            "app_outbox_attempts_total{[^}]*outcome=\"delivered\"[^}]*} [1-9]", await management.GetStringAsync(new Uri(replica.Ports.Management, "metrics"), cancel));
    }

    // Everybody at once writes what the others of the same person write, with the same key.
    private static async Task<List<((string Email, int Round) Key, string Document)>> UseAsync(Replica replica, Person person, CancellationToken end)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = replica.Ports.Public };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", person.Token);
        var made = new List<((string, int), string)>();

        for (var round = 0; round < Rounds; round++)
        {
            var account = await http.GetFromJsonAsync<JsonElement>("/v1/account", end);
            Assert.Equal(person.Email, account.GetProperty("email").GetString());
            made.Add(((person.Email, round), await UploadAsync(http, $"{person.Email}-{round}", end)));
        }

        return made;
    }

    private static async Task<string> UploadAsync(HttpClient http, string key, CancellationToken end)
    {
        using var again = new PeriodicTimer(BetweenTries);

        while (true)
        {
            using var form = new MultipartFormDataContent { { new StringContent("A document"), "title" }, { new StringContent("Some text."), "file", "a.txt" } };
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/documents", UriKind.Relative)) { Content = form };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await http.SendAsync(request, end);

            if (answer.StatusCode == HttpStatusCode.Created)
            {
                return $"{answer.Headers.Location}";
            }

            // Another one is at it: as the contract says, a moment later.
            Assert.True(answer.StatusCode == HttpStatusCode.Conflict, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(end)}");
            await again.WaitForNextTickAsync(end);
        }
    }

    private static async Task<(int Timeout, string Organization)> LeftAsync(NpgsqlDataSource pool)
    {
        await using var command = pool.CreateCommand(
            "select (select setting::int from pg_settings where name = 'statement_timeout'), coalesce(current_setting('app.organization_id', true), '')");
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();

        return (row.GetInt32(0), row.GetString(1));
    }

    // What `config check` says of the same settings with and without the pooler in between.
    private static async Task ConsoleSeesItAsync(string direct, string pooled, CancellationToken cancel)
    {
        Assert.Contains("3 replicas x 18", (await CheckAsync(direct, "false", cancel)).Output, StringComparison.Ordinal);
        Assert.Contains("Database:BehindPooler: must be false", (await CheckAsync(direct, "true", cancel)).Output, StringComparison.Ordinal);

        // PgBouncer refuses the statement timeout among the options of the connection: the setting is missing.
        var unaware = await CheckAsync(pooled, "false", cancel);
        Assert.False(unaware.Succeeded);
        Assert.Contains("unsupported startup parameter", unaware.Output, StringComparison.Ordinal);
        var aware = await CheckAsync(pooled, "true", cancel);
        Assert.True(aware.Succeeded, aware.Output);
        Assert.Contains("connections for the pooler's max_client_conn", aware.Output, StringComparison.Ordinal);
    }

    private static async Task<(bool Succeeded, string Output)> CheckAsync(string connection, string behind, CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetDirectoryName(RunningService.ProjectOf(Repository.Template))!, "bin", Configuration, "net10.0");
        var start = Dotnet.StartInfo(folder, [Path.Combine(folder, "HardenedService.Operations.dll"), "config", "check", "--environment", "Development", "--replicas", "3"]);

        foreach (var (name, value) in Replica.Settings.Concat([("Database__ConnectionString", connection), ("Database__BehindPooler", behind)]))
        {
            start.Environment[name] = value;
        }

        var (exitCode, output) = await SupervisedProcess.RunAsync(start, cancel);

        return (exitCode == 0, output);
    }

    private static async Task<string> RegisterAsync(RunningService runner, CancellationToken cancel)
    {
        using var client = new ServiceClient(runner.Ports, cancel);
        var email = $"{Guid.NewGuid():N}@example.org";
        await client.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email, password = Password });
        var token = await client.FetchMailedTokenAsync(email);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token, password = Password });

        return email;
    }

    private static async Task<Person> SignInAsync(Replica replica, string email, CancellationToken cancel)
    {
        using var client = new ServiceClient(replica.Ports, cancel);
        var session = await client.CallAsync(HttpMethod.Post, "/v1/sessions", HttpStatusCode.Created, new { email, password = Password, transport = "bearer" });

        return new(email, session.GetProperty("token").GetString()!);
    }

    private sealed record Person(string Email, string Token);
}
