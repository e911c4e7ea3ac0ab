using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using HardenedStarter.Build.Trying;
using Npgsql;

namespace HardenedStarter.Build.Benchmarks;

/// <summary>The service under its development runner, with an account in every state, and its limits out of the way.</summary>
internal sealed class SignInTarget : IAsyncDisposable
{
    public const string Known = "known@bench.example";
    public const string Disabled = "disabled@bench.example";
    public const string Unconfirmed = "unconfirmed@bench.example";

    private const string Password = "seven quiet lighthouses";
    private const string Unlimited = "1000000";

    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["RateLimits__PerAddress__Burst"] = Unlimited,
        ["RateLimits__PerUser__Burst"] = Unlimited,
        ["RateLimits__Policies__password__Burst"] = Unlimited,
        ["RateLimits__Policies__password__PerMinute"] = Unlimited,
        ["AccountLimits__SignInsPerNetwork__Attempts"] = Unlimited,
        ["AccountLimits__SignInsPerAccount__Attempts"] = Unlimited,
        ["AccountLimits__RegistrationsPerNetwork__Attempts"] = Unlimited,
        ["AccountLimits__MailsPerAddress__Attempts"] = Unlimited,
        ["Logging__LogLevel__Default"] = "Warning",
    };

    private readonly RunningService _service;
    private readonly HttpClient _client;

    private SignInTarget(RunningService service)
    {
        _service = service;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Ports.Public };
    }

    /// <summary>Where it answers.</summary>
    public Uri Address => _service.Ports.Public;

    /// <summary>Builds in Release what is in this clone.</summary>
    public static Task<string> BuildAsync(CancellationToken cancel) => Dotnet.RunOrThrowAsync(
        Repository.Template, "The service does not build.", cancel, "build", RunningService.ProjectOf(Repository.Template), "-c", "Release", "-v", "q", "--nologo");

    /// <summary>Starts it, with further settings by the names of their environment variables.</summary>
    public static async Task<SignInTarget> StartAsync(string data, CancellationToken cancel, IReadOnlyDictionary<string, string>? further = null)
    {
        var settings = Settings.Concat(further ?? new Dictionary<string, string>()).ToDictionary(StringComparer.Ordinal);
        var target = new SignInTarget(await RunningService.StartAsync(Repository.Template, data, cancel, "Release", settings));
        try
        {
            foreach (var email in (string[])[Known, Disabled, Unconfirmed])
            {
                await target.RegisterAsync(email, cancel);
            }

            await SettleAsync(data, cancel);
            await target.SignInForGoodAsync(cancel);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>Milliseconds until a wrong password was refused.</summary>
    public async Task<double> FailToSignInAsync(string email, CancellationToken cancel) =>
        await TimeAsync("/v1/sessions", new { email, password = "not the right password", transport = "bearer" }, HttpStatusCode.Unauthorized, cancel);

    /// <summary>Milliseconds until a registration was accepted.</summary>
    public Task<double> RegisterAsync(string email, CancellationToken cancel) =>
        TimeAsync("/v1/accounts", new { email, password = Password }, HttpStatusCode.Accepted, cancel);

    /// <summary>The status of a sign-in that may find the service busy.</summary>
    public async Task<HttpStatusCode> TryToSignInAsync(CancellationToken cancel)
    {
        using var response = await _client.PostAsJsonAsync(
            "/v1/sessions", new { email = Known, password = "not the right password", transport = "bearer" }, cancel);
        return response.StatusCode;
    }

    /// <summary>Milliseconds until somebody signed in was shown their account.</summary>
    public async Task<double> LookAsync(CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        using var response = await _client.GetAsync("/v1/account", cancel);
        return response.IsSuccessStatusCode ? watch.Elapsed.TotalMilliseconds : throw Wrong(response.StatusCode, "GET /v1/account");
    }

    /// <summary>The token of a new session.</summary>
    public async Task<string> NewTokenAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
        {
            Content = JsonContent.Create(new { email = Known, password = Password, transport = "bearer" }),
        };

        // Whoever signs in with a session gets another one in its place.
        request.Headers.Authorization = new AuthenticationHeaderValue("None");
        using var response = await _client.SendAsync(request, cancel);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _service.DisposeAsync();
    }

    private async Task<double> TimeAsync(string path, object body, HttpStatusCode expected, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        using var response = await _client.PostAsJsonAsync(path, body, cancel);
        return response.StatusCode == expected ? watch.Elapsed.TotalMilliseconds : throw Wrong(response.StatusCode, $"POST {path}");
    }

    private async Task SignInForGoodAsync(CancellationToken cancel) =>
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await NewTokenAsync(cancel));

    /// <summary>The way into the database that the runner made under its data directory, as one of its roles.</summary>
    public static async Task<string> ConnectionStringAsync(string data, string role, CancellationToken cancel)
    {
        var passwords = JsonNode.Parse(await File.ReadAllTextAsync(FileIn(data, "role-passwords.json"), cancel))!;
        var port = (await File.ReadAllLinesAsync(FileIn(data, "postmaster.pid"), cancel))[3];
        return $"Host=127.0.0.1;Port={port};Database=hardened-service;Username=hardened_service_{role.ToLowerInvariant()};Password={passwords[role]}";
    }

    // What a person does by mail and an operator at the console.
    private static async Task SettleAsync(string data, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(await ConnectionStringAsync(data, "Owner", cancel));
        await using var command = database.CreateCommand(
            $"""
            update identity.accounts
            set email_confirmed = email <> '{Unconfirmed}',
                disabled_at = case when email = '{Disabled}' then now() end
            """);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>A file of that name, below the data directory.</summary>
    public static string FileIn(string data, string name) => Directory.EnumerateFiles(data, name, SearchOption.AllDirectories).Single();

    private static BuildException Wrong(HttpStatusCode status, string call) => new($"{call} answered {(int)status}.");
}
