using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Platform.Errors;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Infrastructure;

/// <summary>The API with the notes in it, and someone signed in.</summary>
public sealed class NotesFixture(PostgresServer postgres) : IAsyncLifetime
{
    private ApiHost? _host;

    public ApiFixture People { get; } = new(postgres);

    public ApiHost Host => _host ?? throw new InvalidOperationException("The host has not been started.");

    public string Token { get; private set; } = "";

    internal string AdminConnectionString => People.Database.AdminConnectionString;

    public async ValueTask InitializeAsync()
    {
        await People.InitializeAsync();
        await Sql.RunAsync(AdminConnectionString, NoteEndpoints.Schema);
        _host = ApiHost.Start(People.Database.AppConnectionString, People.SmtpPort, configure: host =>
        {
            TestEndpoints.Add(NoteEndpoints.Map, "/v1")(host);
            host.ConfigureTestServices(services => services.AddSingleton(new ConstraintProblem("notes_pkey", Problems.Conflict, "There is such a note.", null)));
        });
        Token = await NewTokenAsync();
    }

    /// <summary>The session of someone new.</summary>
    public async Task<string> NewTokenAsync() => await People.NewSessionAsync(await People.NewPersonAsync());

    public Task<HttpResponseMessage> AddAsync(string? key, string text, string? outcome = null, string path = "/v1/notes") =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(new { text }), key, outcome);

    public Task<HttpResponseMessage> AddJsonAsync(string? key, string json) =>
        SendAsync(HttpMethod.Post, "/v1/notes", new StringContent(json, Encoding.UTF8, "application/json"), key);

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? key = null, string? outcome = null, string? token = null) =>
        SendAsync(Host.Public, token ?? Token, method, path, content, ("Idempotency-Key", key), ("Outcome", outcome));

    /// <summary>Sends a request with those of the headers that have a value.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, string token, HttpMethod method, string path, HttpContent? content, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }

    public Task<long> CountAsync(string text) => People.ScalarAsync<long>("select count(*) from notes.notes where text = $1", text);

    public Task<long> KeysAsync() => People.ScalarAsync<long>("select count(*) from platform.idempotency_keys");

    /// <summary>Returns once some handler has had its effect, holds the transaction open, and is not asking the database for anything.</summary>
    /// <returns>The process of its connection.</returns>
    internal async Task<int> HoldsTransactionAsync()
    {
        var process = 0;
        await Eventually.HoldsAsync(
            async () => (process = await People.ScalarAsync<int>(
                """
                select coalesce(max(pid), 0)
                from pg_stat_activity
                where datname = current_database()
                  and state = 'idle in transaction'
                  and query like 'insert into notes.notes%'
                """)) > 0,
            "a transaction that waits");

        return process;
    }

    internal async Task<bool> IsActiveAsync(string query) => await People.ScalarAsync<bool>(
        "select exists (select from pg_stat_activity where datname = current_database() and state = 'active' and query like $1)", query);

    public static string New() => Guid.NewGuid().ToString();

    public async ValueTask DisposeAsync()
    {
        _host?.Dispose();
        await People.DisposeAsync();
    }
}
