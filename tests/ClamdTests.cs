using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

namespace HardenedStarter.Tests;

/// <summary>What a real virus scanner makes of documents that the emitted service sends it.</summary>
public sealed class ClamdTests(TemplateFixture template)
{
    private const string Password = "correct horse battery staple";

    private static readonly TimeSpan LongestScan = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Clamd_takes_what_the_service_sends_and_the_service_takes_what_clamd_says()
    {
        var folder = template.NewFolder();
        var cancel = TestContext.Current.CancellationToken;
        var configuration = typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var port = ServicePorts.Free().Port;
        await using var clamd = await Clamd.StartAsync(folder, port);
        await using var service = await RunningService.StartAsync(
            Repository.Template, Path.Combine(folder, "data"), cancel, configuration, new Dictionary<string, string> { ["Scanner__Port"] = $"{port}" });
        using var client = new ServiceClient(service.Ports, cancel);
        await SignInAsync(client);

        Assert.Equal("clean", await StatusOfAsync(client, service, new string('x', 300_000), cancel));
        Assert.Equal("infected", await StatusOfAsync(client, service, Clamd.Eicar, cancel));
        Assert.Equal("infected", await StatusOfAsync(client, service, new string('x', 300_000) + Clamd.Eicar, cancel));
        Assert.Equal("unscannable", await StatusOfAsync(client, service, new string('x', 3 * Clamd.MaxSize), cancel));
    }

    private static async Task SignInAsync(ServiceClient client)
    {
        var email = $"{Guid.NewGuid():N}@example.org";
        await client.CallAsync(HttpMethod.Post, "/v1/accounts", HttpStatusCode.Accepted, new { email, password = Password });
        var token = await client.FetchMailedTokenAsync(email);
        await client.CallAsync(HttpMethod.Post, "/v1/accounts/confirm", HttpStatusCode.NoContent, new { token, password = Password });
        var session = await client.CallAsync(HttpMethod.Post, "/v1/sessions", HttpStatusCode.Created, new { email, password = Password, transport = "bearer" });
        client.Bearer = session.GetProperty("token").GetString();
    }

    private static async Task<string> StatusOfAsync(ServiceClient client, RunningService service, string text, CancellationToken cancel)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Ports.Public };
        using var form = new MultipartFormDataContent { { new StringContent("A document"), "title" }, { new StringContent(text), "file", "a.txt" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/documents", UriKind.Relative)) { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", client.Bearer);
        request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
        using var answer = await http.SendAsync(request, cancel);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("id").GetString();

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(LongestScan);
        using var again = new PeriodicTimer(BetweenLooks);

        while (true)
        {
            var status = (await client.CallAsync(HttpMethod.Get, $"/v1/documents/{id}", HttpStatusCode.OK)).GetProperty("status").GetString()!;

            if (status != "scanning")
            {
                return status;
            }

            await again.WaitForNextTickAsync(deadline.Token);
        }
    }
}
