using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

[Wall("D6")]
public sealed class ProxyTests(ApiFixture api, Certificates certificates) : IClassFixture<ApiFixture>, IClassFixture<Certificates>
{
    private static readonly Dictionary<string, string> Trusting = new() { ["Proxies:Enabled"] = "true", ["Proxies:Addresses:0"] = "127.0.0.1" };

    [Theory]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-Ssl", "on")]
    [InlineData("Forwarded", "for=203.0.113.9;proto=https")]
    [InlineData("X-Forwarded-Scheme", "https")]
    public async Task A_stranger_does_not_turn_plain_http_into_https(string header, string value)
    {
        foreach (var settings in new[]
        {
            [],
            new Dictionary<string, string> { ["Proxies:Enabled"] = "true", ["Proxies:Addresses:0"] = "203.0.113.1", ["Proxies:Networks:0"] = "10.0.0.0/8" },
        })
        {
            using var host = ProductionHost.Start(certificates, settings);

            await Problem.IsAsync(await GetAsync(host, (header, value)), HttpStatusCode.Forbidden, "https_required");
        }
    }

    [Fact]
    public async Task A_trusted_proxy_says_what_the_client_used()
    {
        using var host = ProductionHost.Start(certificates, Trusting);

        await Problem.IsAsync(await GetAsync(host, ("X-Forwarded-Proto", "https")), HttpStatusCode.Unauthorized, "unauthenticated");
        await Problem.IsAsync(await GetAsync(host, ("X-Forwarded-Proto", "http")), HttpStatusCode.Forbidden, "https_required");

        // What the client itself sent stands to the left of what the proxy added.
        await Problem.IsAsync(
            await GetAsync(host, ("X-Forwarded-Proto", "https, http"), ("X-Forwarded-For", "198.51.100.1, 203.0.113.9")),
            HttpStatusCode.Forbidden,
            "https_required");
    }

    [Fact]
    public async Task A_trusted_proxy_does_not_change_the_host()
    {
        using var host = ProductionHost.Start(certificates, Trusting);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { Host = "evil.example" } };
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "service.example");

        await Problem.IsAsync(await host.Public.SendAsync(request), HttpStatusCode.BadRequest, "malformed_request");
    }

    [Theory]
    [InlineData(false, "203.0.113.9", "127.0.0.1")]
    [InlineData(true, "203.0.113.9", "203.0.113.9")]
    [InlineData(true, "198.51.100.1, 203.0.113.9", "203.0.113.9")]
    [InlineData(true, "203.0.113.9, 127.0.0.1", "127.0.0.1")]
    [InlineData(true, "2001:db8::1", "2001:db8::1")]
    [InlineData(true, "not an address", "127.0.0.1")]
    public async Task Sessions_remember_the_address_that_the_nearest_trusted_proxy_saw(bool trusting, string forwardedFor, string remembered)
    {
        using var host = api.StartAnother(settings: trusting ? Trusting : null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
        {
            Content = JsonContent.Create(new { email = await api.NewPersonAsync(), password = People.Password, transport = "bearer" }),
        };
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        var session = (await (await host.Public.SendAsync(request)).JsonAsync()).GetProperty("session").GetProperty("id").GetGuid();

        Assert.Equal(remembered, await api.ScalarAsync<string>("select host(ip) from identity.sessions where id = $1", session));
    }

    [Theory]
    [InlineData("Proxies:Enabled", "true")]
    [InlineData("Proxies:Addresses:0", "proxy.example")]
    [InlineData("Proxies:Networks:0", "10.0.0.1")]
    [InlineData("Proxies:Networks:0", "0.0.0.0/0")]
    [InlineData("Proxies:Networks:0", "::/0")]
    [InlineData("Proxies:Hops", "0")]
    public void Proxies_that_are_nobody_or_everybody_stop_the_start(string key, string value) =>
        Assert.Contains(
            key.Split(':')[1],
            Assert.ThrowsAny<Exception>(() => ApiHost.Start(ApiHost.NoDatabase, settings: new Dictionary<string, string> { [key] = value })).ToString());

    private static async Task<HttpResponseMessage> GetAsync(ApiHost host, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { Host = "service.example" } };

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await host.Public.SendAsync(request);
    }
}
