using System.Net.Http.Json;
using System.Text;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Tests.Browsers;

[Wall("D4")]
public sealed class SecurityHeaderTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("GET", "/v1/account", 401)]
    [InlineData("GET", "/v1/nowhere", 404)]
    [InlineData("DELETE", "/v1/accounts", 405)]
    [InlineData("TRACE", "/v1/accounts", 405)]
    [InlineData("POST", "/v1/accounts", 400)]
    [InlineData("HEAD", "/v1/account", 401)]
    public async Task Every_refusal_has_them(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await HasThemAsync(await api.Client.SendAsync(request), status);
    }

    [Fact]
    public async Task Every_answer_to_a_person_has_them()
    {
        var email = People.NewAddress();
        await HasThemAsync(await api.RegisterAsync(email), 202);
        await HasThemAsync(await api.ConfirmAsync((await api.MailAsync(email)).Token), 204);
        await HasThemAsync(await api.SignInAsync(email), 201);
        await HasThemAsync(await api.SendAsync(HttpMethod.Get, "/v1/account", bearer: await api.NewSessionAsync(email)), 200);
        await HasThemAsync(await api.RegisterAsync("nobody"), 400);
    }

    [Fact]
    public async Task Bodies_and_addresses_that_are_not_read_get_them()
    {
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        await HasThemAsync(await api.Client.PostAsync("/v1/accounts", text), 415);
        using var large = new HttpRequestMessage(HttpMethod.Post, "/v1/accounts")
        {
            Content = new StringContent($"\"{new string('x', 1024 * 1024)}\"", Encoding.UTF8, "application/json"),
            Headers = { ExpectContinue = true },
        };
        await HasThemAsync(await api.Client.SendAsync(large), 413);
        await HasThemAsync(await api.Client.GetAsync($"/v1/account?{new string('x', 5000)}"), 414);
    }

    [Fact]
    public async Task A_preflight_has_them()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/account")
        {
            Headers = { { "Origin", "https://elsewhere.example" }, { "Access-Control-Request-Method", "GET" } },
        };
        await HasThemAsync(await api.Client.SendAsync(request), 204);
    }

    [Theory]
    [InlineData("/health/live", 200)]
    [InlineData("/v1/account", 404)]
    public async Task The_management_port_has_them(string path, int status) => await HasThemAsync(await api.Api.Management.GetAsync(path), status);

    [Fact]
    public async Task A_fault_of_ours_has_them()
    {
        using var host = api.StartAnother(configure: TestEndpoints.Add(
            test => test.MapGet("/fault", string () => throw new InvalidOperationException()).AllowAnonymous()));

        await HasThemAsync(await host.Public.GetAsync("/test/fault"), 500);
    }

    [Fact]
    public async Task An_outage_has_them()
    {
        using var host = ApiHost.Start(ApiHost.NoDatabase);

        await HasThemAsync(
            await host.Public.PostAsJsonAsync("/v1/sessions", new { email = "a@b.example", password = "x", transport = "bearer" }), 503);
        await HasThemAsync(await host.Management.GetAsync("/health/ready"), 503);
    }

    [Fact]
    public async Task Too_many_requests_get_them()
    {
        using var host = api.StartAnother(
            settings: new Dictionary<string, string> { ["RateLimits:PerAddress:Burst"] = "1", ["RateLimits:PerAddress:PerMinute"] = "1" });

        await host.Public.GetAsync("/v1/account");
        await HasThemAsync(await host.Public.GetAsync("/v1/account"), 429);
    }

    private static async Task HasThemAsync(HttpResponseMessage response, int status)
    {
        Assert.True(status == (int)response.StatusCode, $"expected {status}, got {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        Assert.Equal("max-age=31536000; includeSubDomains", Single("Strict-Transport-Security"));
        Assert.Equal("nosniff", Single("X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Single("Content-Security-Policy"));
        Assert.Equal("no-referrer", Single("Referrer-Policy"));
        Assert.Equal("no-store", Single("Cache-Control"));
        Assert.False(response.Headers.Contains("Server"));

        string Single(string name) => Assert.Single(response.Headers.GetValues(name));
    }
}
