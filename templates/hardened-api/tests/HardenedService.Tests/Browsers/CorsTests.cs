using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Browsers;

[Wall("D3")]
public sealed class CorsTests(CorsTests.Fixture fixture) : IClassFixture<CorsTests.Fixture>
{
    private const string Allowed = "https://app.example.com";
    private const string AlsoAllowed = "http://localhost:3000";

    [Theory]
    [InlineData(Allowed)]
    [InlineData(AlsoAllowed)]
    public async Task An_allowed_origin_is_echoed_and_caches_are_told(string origin)
    {
        var answer = await GetAsync(origin);

        Assert.Equal(origin, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Credentials")));
        Assert.Contains("Origin", answer.Headers.Vary);
        Assert.Contains("Retry-After", string.Join(',', answer.Headers.GetValues("Access-Control-Expose-Headers")));
    }

    [Fact]
    public async Task A_preflight_allows_what_the_api_uses()
    {
        var answer = await PreflightAsync(Allowed, "PATCH", "content-type,idempotency-key,if-match");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Allowed, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains("PATCH", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Methods")));
        Assert.Contains("Idempotency-Key", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.Contains("Origin", answer.Headers.Vary);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("*")]
    [InlineData("https://evil.example")]
    [InlineData("https://app.example.com.evil.example")]
    [InlineData("https://evil-app.example.com")]
    [InlineData("https://app.example.community")]
    [InlineData("https://sub.app.example.com")]
    [InlineData("https://APP.example.com")]
    [InlineData("HTTPS://app.example.com")]
    [InlineData("http://app.example.com")]
    [InlineData("https://app.example.com:443")]
    [InlineData("https://app.example.com/")]
    [InlineData("https://app.example.com, https://evil.example")]
    [InlineData("http://localhost:3001")]
    public async Task Any_other_origin_is_given_nothing(string origin)
    {
        GivesNothing(await GetAsync(origin));
        GivesNothing(await PreflightAsync(origin, "POST", "content-type"));
    }

    [Fact]
    public async Task Of_two_origins_none_is_believed()
    {
        var answer = await RawHttp.SendAsync(
            fixture.Host.Public.BaseAddress!,
            $"GET /v1/account HTTP/1.1\r\nHost: x\r\nOrigin: {Allowed}\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("https://*.example.com")]
    [InlineData("https://App.example.com")]
    [InlineData("https://app.example.com/")]
    [InlineData("https://app.example.com:443")]
    [InlineData("app.example.com")]
    [InlineData("file:///")]
    public void What_no_browser_sends_as_an_origin_stops_the_start(string origin) =>
        Assert.Contains(
            "Origins",
            Assert.ThrowsAny<Exception>(
                () => ApiHost.Start(ApiHost.NoDatabase, settings: new Dictionary<string, string> { ["Cors:Origins:0"] = origin })).ToString());

    [Fact]
    public async Task A_refusal_by_a_limit_can_be_read_by_pages_of_an_allowed_origin()
    {
        using var host = Limited(burst: 3);
        var large = new string('x', 20_000);

        Readable(await SendAsync(host, HttpMethod.Get, "/v1/account", ("X-Large", large)), HttpStatusCode.RequestHeaderFieldsTooLarge);
        Readable(await SendAsync(host, HttpMethod.Get, $"/v1/account?{large[..5000]}"), HttpStatusCode.RequestUriTooLong);

        for (var call = 0; call < 3; call++)
        {
            Readable(await SendAsync(host, HttpMethod.Get, "/v1/account"), HttpStatusCode.Unauthorized);
        }

        var refused = await SendAsync(host, HttpMethod.Get, "/v1/account");
        Readable(refused, HttpStatusCode.TooManyRequests);
        Assert.NotNull(refused.Headers.RetryAfter);
        GivesNothing(await SendAsync(host, HttpMethod.Get, "/v1/account", ("Origin", "https://evil.example")));
    }

    [Fact]
    [Wall("H5")]
    public async Task Preflights_are_held_to_the_limits_of_every_request()
    {
        using var host = Limited(burst: 1);
        var large = new string('x', 20_000);
        (string, string) preflight = ("Access-Control-Request-Method", "POST");

        Assert.Equal(
            HttpStatusCode.RequestHeaderFieldsTooLarge, (await SendAsync(host, HttpMethod.Options, "/v1/accounts", preflight, ("X-Large", large))).StatusCode);
        Assert.Equal(
            HttpStatusCode.RequestUriTooLong, (await SendAsync(host, HttpMethod.Options, $"/v1/accounts?{large[..5000]}", preflight)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(host, HttpMethod.Options, "/v1/accounts", preflight)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync(host, HttpMethod.Options, "/v1/accounts", preflight)).StatusCode);
    }

    private static ApiHost Limited(int burst) => ApiHost.Start(
        ApiHost.NoDatabase,
        settings: new Dictionary<string, string>
        {
            ["Cors:Origins:0"] = Allowed,
            ["RateLimits:PerAddress:Burst"] = $"{burst}",
            ["RateLimits:PerAddress:PerMinute"] = "1",
        });

    private static void Readable(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(Allowed, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("Origin", Assert.Single(answer.Headers.Vary));
    }

    private static async Task<HttpResponseMessage> SendAsync(ApiHost host, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);

        foreach (var (name, value) in headers.Any(header => header.Name == "Origin") ? headers : [("Origin", Allowed), .. headers])
        {
            request.Headers.Add(name, value);
        }

        return await host.Public.SendAsync(request);
    }

    private static void GivesNothing(HttpResponseMessage answer) =>
        Assert.DoesNotContain(
            answer.Headers, header => header.Key.StartsWith("Access-Control-Allow-Origin", StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith("Access-Control-Allow-Credentials", StringComparison.OrdinalIgnoreCase));

    private async Task<HttpResponseMessage> GetAsync(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.TryAddWithoutValidation("Origin", origin);

        return await fixture.Host.Public.SendAsync(request);
    }

    private async Task<HttpResponseMessage> PreflightAsync(string origin, string method, string headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/accounts");
        request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);

        return await fixture.Host.Public.SendAsync(request);
    }

    public sealed class Fixture : IDisposable
    {
        // No call of these tests gets as far as the database.
        public ApiHost Host { get; } = ApiHost.Start(
            ApiHost.NoDatabase,
            settings: new Dictionary<string, string> { ["Cors:Origins:0"] = Allowed, ["Cors:Origins:1"] = AlsoAllowed });

        public void Dispose() => Host.Dispose();
    }
}
