using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;
using Npgsql;

namespace HardenedStarter.Tests;

/// <summary>A replica to which the whole machine seems to be ten minutes off (libfaketime), beside one that is right, on one database.</summary>
public sealed class ClockSkewTests(TemplateFixture template)
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    private const string Password = "correct horse battery staple";
    private const int Tries = 5;

    [Theory(DisplayName = "Wall K10: sessions, codes, tickets, keys and secrets hold across replicas of which one is ten minutes off")]
    [InlineData("+10m")]
    [InlineData("-10m")]
    public async Task What_one_replica_issues_holds_on_the_other(string skew)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libfaketime is Debian's.");
        Assert.True(File.Exists(Library), "A clock that is wrong is needed, and there is no libfaketime. Debian: apt install faketime.");
        var (folder, cancel) = (template.NewFolder(), TestContext.Current.CancellationToken);
        var data = Path.Combine(folder, "data");
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await using var runner = await RunningService.StartAsync(Repository.Template, data, cancel, configuration);
        using var replica = Replica.Start(
            data, ServicePorts.Free(), configuration, ("LD_PRELOAD", Library), ("FAKETIME", skew), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_FORCE_MONOTONIC_FIX", "0"));
        await replica.BecomesReadyAsync(cancel);
        using var right = Client(runner.Ports);
        using var skewed = Client(replica.Ports);
        var offset = TimeSpan.FromMinutes(skew[0] == '+' ? 10 : -10);
        Assert.InRange((await DateOfAsync(skewed) - await DateOfAsync(right)) - offset, TimeSpan.FromMinutes(-2), TimeSpan.FromMinutes(2));

        var email = await RegisterAsync(runner.Ports, cancel);
        var session = TokenOf(await CallAsync(skewed, HttpMethod.Post, "/v1/sessions", HttpStatusCode.Created, SignIn(email)));

        // The secret is encrypted by a key that the other has, and the code is right there.
        var setUp = await CallAsync(skewed, HttpMethod.Post, "/v1/account/mfa/totp", HttpStatusCode.OK, bearer: session);
        var app = new AuthenticatorApp(setUp.GetProperty("secret").GetString()!);
        await CallAsync(right, HttpMethod.Post, "/v1/account/mfa/totp/enable", HttpStatusCode.OK, new { code = app.Code() }, session);

        // A session of one is alive, and fresh, at the other.
        Assert.True((await CallAsync(right, HttpMethod.Get, "/v1/account", HttpStatusCode.OK, bearer: session)).GetProperty("mfaEnabled").GetBoolean());
        await CallAsync(skewed, HttpMethod.Post, "/v1/account/passkeys/options", HttpStatusCode.OK, bearer: session);

        // A ticket of one is redeemed at the other. The step of the first code is used up; the next one counts already.
        var refused = await CallAsync(right, HttpMethod.Post, "/v1/sessions", HttpStatusCode.Forbidden, SignIn(email));
        var redeemed = await CallAsync(
            skewed,
            HttpMethod.Post,
            "/v1/sessions/mfa",
            HttpStatusCode.Created,
            new { ticket = refused.GetProperty("ticket").GetString(), code = app.NextCode(), transport = "bearer" });
        await CallAsync(right, HttpMethod.Get, "/v1/sessions/current", HttpStatusCode.OK, bearer: TokenOf(redeemed));

        // A key of one is known to the other.
        var key = Guid.NewGuid().ToString();
        Assert.False((await UploadAsync(skewed, session, key)).Headers.Contains("Idempotency-Replayed"));
        Assert.True((await UploadAsync(right, session, key)).Headers.Contains("Idempotency-Replayed"));

        // None of them made a key of its own.
        await using var database = new NpgsqlConnection(Replica.ConnectionString(data));
        await database.OpenAsync(cancel);
        await using var count = new NpgsqlCommand("select count(*) from platform.data_protection_keys", database);
        Assert.Equal(1L, await count.ExecuteScalarAsync(cancel));

        Assert.Equal(0, (await replica.StopAsync(cancel)).ExitCode);
    }

    private static object SignIn(string email) => new { email, password = Password, transport = "bearer" };

    private static string TokenOf(JsonElement session) => session.GetProperty("token").GetString()!;

    private static HttpClient Client(ServicePorts ports) => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = ports.Public };

    private static async Task<DateTimeOffset> DateOfAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/v1/account", UriKind.Relative));
        return answer.Headers.Date!.Value;
    }

    private static async Task<string> RegisterAsync(ServicePorts runner, CancellationToken cancel)
    {
        using var client = new ServiceClient(runner, cancel);
        var email = $"{Guid.NewGuid():N}@example.org";
        await client.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email, password = Password });
        var token = await client.FetchMailedTokenAsync(email);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token, password = Password });

        return email;
    }

    private static async Task<JsonElement> CallAsync(
        HttpClient client, HttpMethod method, string path, HttpStatusCode expected, object? body = null, string? bearer = null)
    {
        for (var left = Tries; ; left--)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
            using var answer = await client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();

            // The library now and then ends a blocking read at once, that of the key ring, for which the service answers 503.
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && left > 1)
            {
                continue;
            }

            Assert.True(answer.StatusCode == expected, $"{method} {client.BaseAddress}{path} answered {answer.StatusCode}: {text}");

            return JsonElement.Parse(text);
        }
    }

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, string bearer, string key)
    {
        using var form = new MultipartFormDataContent { { new StringContent("A document"), "title" }, { new StringContent("Some text."), "file", "a.txt" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/documents", UriKind.Relative)) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        request.Headers.Add("Idempotency-Key", key);
        var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        return answer;
    }
}
