using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Tests.Browsers;

public sealed class CrossSiteTests(CrossSiteTests.Fixture fixture) : IClassFixture<CrossSiteTests.Fixture>
{
    private const string Trusted = "https://app.example.com";

    [Theory]
    [Wall("D1")]
    [InlineData("POST", null, null)]
    [InlineData("PUT", null, null)]
    [InlineData("PATCH", null, null)]
    [InlineData("DELETE", null, null)]
    [InlineData("POST", "cross-site", null)]
    [InlineData("POST", "same-site", null)]
    [InlineData("POST", "Same-Origin", null)]
    [InlineData("POST", "same-origin, cross-site", null)]
    [InlineData("POST", "", null)]
    [InlineData("POST", "cross-site", "https://evil.example")]
    [InlineData("POST", "cross-site", "null")]
    [InlineData("POST", null, "https://evil.example")]
    [InlineData("POST", null, "https://app.example.com.evil.example")]
    [InlineData("POST", null, "http://app.example.com")]
    [InlineData("POST", null, "https://APP.example.com")]
    [InlineData("POST", null, "https://app.example.com, https://evil.example")]
    [InlineData("POST", null, "null")]
    [InlineData("POST", null, "")]
    public async Task A_call_with_the_cookie_that_does_not_come_from_our_pages_does_nothing(string method, string? site, string? origin)
    {
        var before = fixture.Calls;

        await Problem.IsAsync(
            await fixture.CallAsync(new HttpMethod(method), "/test/change", await fixture.CookieAsync(), site, origin),
            HttpStatusCode.Forbidden,
            "cross_site_request");
        Assert.Equal(before, fixture.Calls);
    }

    [Theory]
    [Wall("D1")]
    [InlineData("same-origin", null)]
    [InlineData("none", null)]
    [InlineData("cross-site", Trusted)]
    [InlineData("same-site", Trusted)]
    [InlineData(null, Trusted)]
    [InlineData(null, "https://service.example")]
    public async Task A_call_from_our_pages_and_trusted_ones_goes_through(string? site, string? origin) =>
        Assert.Equal(
            HttpStatusCode.OK, (await fixture.CallAsync(HttpMethod.Post, "/test/change", await fixture.CookieAsync(), site, origin)).StatusCode);

    [Fact]
    [Wall("D1")]
    public async Task Sign_out_by_another_site_ends_nothing()
    {
        var cookie = await fixture.CookieAsync();

        await Problem.IsAsync(
            await fixture.CallAsync(HttpMethod.Delete, "/v1/sessions/current", cookie, "cross-site"), HttpStatusCode.Forbidden, "cross_site_request");
        Assert.Equal(HttpStatusCode.OK, (await fixture.CallAsync(HttpMethod.Get, "/v1/sessions/current", cookie, "cross-site")).StatusCode);
    }

    [Fact]
    [Wall("D1")]
    public async Task Of_two_browser_headers_none_is_believed()
    {
        foreach (var header in new[] { "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site", $"Origin: {Trusted}\r\nOrigin: {Trusted}" })
        {
            var answer = await RawHttp.SendAsync(
                fixture.Host.Public.BaseAddress!,
                $"DELETE /v1/sessions/current HTTP/1.1\r\nHost: x\r\nCookie: {await fixture.CookieAsync()}\r\n{header}\r\nConnection: close\r\n\r\n");

            Assert.StartsWith("HTTP/1.1 403", answer);
            Assert.Contains("cross_site_request", answer);
        }
    }

    [Theory]
    [Wall("B13")]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData(null)]
    public async Task Cookie_and_Authorization_together_are_refused_whatever_the_header_holds(string? authorization)
    {
        var before = fixture.Calls;
        authorization ??= $"Bearer {await fixture.Api.NewSessionAsync(await fixture.Api.NewPersonAsync())}";

        foreach (var site in new[] { "cross-site", "same-origin" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/test/change") { Headers = { { "Cookie", await fixture.CookieAsync() } } };
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            request.Headers.Add("Sec-Fetch-Site", site);

            await Problem.IsAsync(await fixture.Host.Public.SendAsync(request), HttpStatusCode.BadRequest, "malformed_request");
        }

        Assert.Equal(before, fixture.Calls);
    }

    [Fact]
    [Wall("D1")]
    public async Task A_cookie_that_only_looks_like_ours_is_none_and_of_two_none_is_believed()
    {
        var cookie = await fixture.CookieAsync();
        var other = await fixture.CookieAsync();
        var lookAlike = cookie.Replace("__Host-session", "__HOST-Session", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookie));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{cookie}; {lookAlike}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"theme=dark; {cookie}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(lookAlike));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{cookie}; {other}"));

        async Task<HttpStatusCode> StatusAsync(string cookies) =>
            (await fixture.Api.SendAsync(HttpMethod.Get, "/v1/account", cookie: cookies)).StatusCode;
    }

    [Theory]
    [Wall("D2")]
    [InlineData(null, null)]
    [InlineData("cross-site", null)]
    [InlineData("same-site", null)]
    [InlineData("cross-site", "https://evil.example")]
    [InlineData(null, "null")]
    public async Task Another_site_signs_nobody_in_by_cookie(string? site, string? origin)
    {
        var email = await fixture.PersonAsync();

        foreach (var body in new object[] { new { email, password = People.Password, transport = "cookie" }, new { email, password = People.Password } })
        {
            var answer = await fixture.CallAsync(HttpMethod.Post, "/v1/sessions", null, site, origin, JsonContent.Create(body));

            await Problem.IsAsync(answer, HttpStatusCode.Forbidden, "cross_site_request");
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }
    }

    [Theory]
    [Wall("D2")]
    [InlineData("same-origin", null)]
    [InlineData("cross-site", Trusted)]
    public async Task Our_pages_and_trusted_ones_sign_in_by_cookie(string site, string? origin)
    {
        var content = JsonContent.Create(new { email = await fixture.PersonAsync(), password = People.Password });

        Assert.Equal(
            HttpStatusCode.Created, (await fixture.CallAsync(HttpMethod.Post, "/v1/sessions", null, site, origin, content)).StatusCode);
    }

    [Fact]
    [Wall("D2")]
    public async Task Signing_in_by_bearer_asks_for_no_browser_header_and_sets_no_cookie()
    {
        var content = JsonContent.Create(new { email = await fixture.PersonAsync(), password = People.Password, transport = "bearer" });
        var answer = await fixture.CallAsync(HttpMethod.Post, "/v1/sessions", null, "cross-site", "https://evil.example", content);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    public sealed class Fixture(PostgresServer postgres) : IAsyncLifetime
    {
        private int _calls;
        private string? _person;
        private string? _cookie;

        public ApiFixture Api { get; } = new(postgres);

        public ApiHost Host { get; private set; } = null!;

        /// <summary>How often the endpoint of the tests has run.</summary>
        public int Calls => _calls;

        public async ValueTask InitializeAsync()
        {
            await Api.InitializeAsync();
            Host = Api.StartAnother(
                settings: new Dictionary<string, string> { ["Cors:Origins:0"] = Trusted },
                configure: TestEndpoints.Add(test => test.MapMethods("/change", ["POST", "PUT", "PATCH", "DELETE"], () => Interlocked.Increment(ref _calls))));
        }

        public async Task<string> PersonAsync() => _person ??= await Api.NewPersonAsync();

        public async Task<string> CookieAsync() =>
            _cookie ??= (await Api.SignInAsync(await PersonAsync(), transport: "cookie")).Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        public async Task<HttpResponseMessage> CallAsync(
            HttpMethod method, string path, string? cookie, string? site = null, string? origin = null, HttpContent? content = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };

            foreach (var (name, value) in new[] { ("Cookie", cookie), ("Sec-Fetch-Site", site), ("Origin", origin) })
            {
                if (value is not null)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }

            return await Host.Public.SendAsync(request);
        }

        public async ValueTask DisposeAsync()
        {
            Host?.Dispose();
            await Api.DisposeAsync();
        }
    }
}
