using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>Something that is asked for over and over: at an address, with a header for each connection.</summary>
internal sealed record Question(string Name, Uri Address, Func<int, string>? HeaderOf = null);

/// <summary>The service's sessions, and those of plain ASP.NET Core Identity, on one PostgreSQL, each with somebody signed in.</summary>
internal sealed class SessionServers : IAsyncDisposable
{
    public const string Anonymous = "nobody, same process";
    public const string Session = "session";
    public const string Individual = "session, looked up alone";
    public const string PlainBearer = "Identity, bearer";
    public const string PlainCookie = "Identity, cookie";

    private const int Sessions = 32;
    private const string Password = "Seven-quiet-lighthouses-7";

    private readonly List<IAsyncDisposable> _running = [];

    public IReadOnlyList<Question> Questions { get; private set; } = [];

    public static async Task<SessionServers> StartAsync(string program, string data, CancellationToken cancel)
    {
        var servers = new SessionServers();
        try
        {
            servers.Questions = [.. await servers.PlatformAsync(program, data, cancel), .. await servers.PlainAsync(program, data, cancel)];
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running))
        {
            await running.DisposeAsync();
        }
    }

    private async Task<IEnumerable<Question>> PlatformAsync(string program, string data, CancellationToken cancel)
    {
        var target = Keep(await SignInTarget.StartAsync(data, cancel));
        var tokens = new List<string>();
        while (tokens.Count < Sessions)
        {
            tokens.Add(await target.NewTokenAsync(cancel));
        }

        var server = Keep(await BenchServer.StartAsync(program, cancel, "platform", await SignInTarget.ConnectionStringAsync(data, "App", cancel)));
        return
        [
            new(Anonymous, new(server.Address, "/v1/greeting")),
            new(Session, new(server.Address, "/v1/sessions/current"), number => $"Authorization: Bearer {tokens[number % Sessions]}"),
            new(Individual, new(server.Address, "/v1/individual"), number => $"Token: {tokens[number % Sessions]}"),
        ];
    }

    private async Task<IEnumerable<Question>> PlainAsync(string program, string data, CancellationToken cancel)
    {
        var owner = await SignInTarget.ConnectionStringAsync(data, "Owner", cancel);
        await using (var database = NpgsqlDataSource.Create(owner))
        {
            await using var schema = database.CreateCommand("create schema plain");
            await schema.ExecuteNonQueryAsync(cancel);
        }

        var server = Keep(await BenchServer.StartAsync(program, cancel, "plain", owner));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = server.Address };
        var person = new { email = "someone@bench.example", password = Password };
        using var registered = await client.PostAsJsonAsync("/register", person, cancel);
        registered.EnsureSuccessStatusCode();
        using var byBearer = await client.PostAsJsonAsync("/login", person, cancel);
        var token = (await byBearer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("accessToken").GetString();
        using var byCookie = await client.PostAsJsonAsync("/login?useCookies=true", person, cancel);
        var cookie = byCookie.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        Uri current = new(server.Address, "/v1/sessions/current");
        return [new(PlainBearer, current, _ => $"Authorization: Bearer {token}"), new(PlainCookie, current, _ => $"Cookie: {cookie}")];
    }

    private T Keep<T>(T running)
        where T : IAsyncDisposable
    {
        _running.Add(running);
        return running;
    }
}
