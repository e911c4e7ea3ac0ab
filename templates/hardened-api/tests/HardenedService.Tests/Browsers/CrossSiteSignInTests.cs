using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Browsers;

[Wall("D2")]
public sealed class CrossSiteSignInTests(CrossSiteFixture fixture) : IClassFixture<CrossSiteFixture>
{
    private const string Trusted = CrossSiteFixture.Trusted;

    [Theory]
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
    [InlineData("same-origin", null)]
    [InlineData("cross-site", Trusted)]
    public async Task Our_pages_and_trusted_ones_sign_in_by_cookie(string site, string? origin)
    {
        var content = JsonContent.Create(new { email = await fixture.PersonAsync(), password = People.Password });

        Assert.Equal(
            HttpStatusCode.Created, (await fixture.CallAsync(HttpMethod.Post, "/v1/sessions", null, site, origin, content)).StatusCode);
    }

    [Fact]
    public async Task Signing_in_by_bearer_asks_for_no_browser_header_and_sets_no_cookie()
    {
        var content = JsonContent.Create(new { email = await fixture.PersonAsync(), password = People.Password, transport = "bearer" });
        var answer = await fixture.CallAsync(HttpMethod.Post, "/v1/sessions", null, "cross-site", "https://evil.example", content);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }
}
