using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Browsers;

public sealed class CrossSiteTests(CrossSiteFixture fixture) : IClassFixture<CrossSiteFixture>
{
    private const string Trusted = CrossSiteFixture.Trusted;

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

        // Several are a cookie all the same: the guard is not switched off.
        await Problem.IsAsync(
            await fixture.CallAsync(HttpMethod.Post, "/test/change", $"{cookie}; {other}", "cross-site"), HttpStatusCode.Forbidden, "cross_site_request");

        async Task<HttpStatusCode> StatusAsync(string cookies) =>
            (await fixture.Api.SendAsync(HttpMethod.Get, "/v1/account", cookie: cookies)).StatusCode;
    }
}
