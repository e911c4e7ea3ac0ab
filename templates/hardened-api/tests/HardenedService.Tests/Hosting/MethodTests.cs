using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

public sealed class MethodTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private Uri Server => api.Client.BaseAddress!;

    [Theory]
    [Wall("D7")]
    [InlineData("TRACE")]
    [InlineData("FOO")]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    [InlineData("CONNECT")]
    public async Task A_method_that_nobody_maps_is_not_allowed_anywhere(string method)
    {
        foreach (var path in new[] { "/v1/accounts", "/v1/account", "/nowhere", "/" })
        {
            // CONNECT takes no path (RFC 9110, section 9.3.6).
            var target = method == "CONNECT" ? "x:80" : path;
            var answer = await RawHttp.SendAsync(
                Server, $"{method} {target} HTTP/1.1\r\nHost: {(method == "CONNECT" ? "x:80" : "x")}\r\nX-Secret: canary\r\nConnection: close\r\n\r\n");

            Assert.StartsWith("HTTP/1.1 405", answer);
            Assert.Contains("application/problem+json", answer);
            Assert.Contains("\"code\":\"method_not_allowed\"", answer);
            Assert.Contains("\r\nAllow: ", answer);
            Assert.DoesNotContain("canary", answer);
        }
    }

    [Theory]
    [InlineData("/v1/account", "401")]
    [InlineData("/v1/accounts", "405")]
    [InlineData("/nowhere", "404")]
    public async Task HEAD_is_answered_as_GET_is_and_without_a_body(string path, string status)
    {
        var answer = await RawHttp.SendAsync(Server, $"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}", answer);
        Assert.EndsWith("\r\n\r\n", answer);
        Assert.DoesNotContain("{", answer);
    }

    [Fact]
    public async Task HEAD_of_what_can_be_read_is_fine()
    {
        var token = await api.NewSessionAsync(await api.NewPersonAsync());
        var answer = await api.SendAsync(HttpMethod.Head, "/v1/account", bearer: token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/v1/accounts", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("/v1/account", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("/nowhere", HttpStatusCode.NotFound, "not_found")]
    public async Task OPTIONS_that_is_no_preflight_is_a_problem_like_any_other(string path, HttpStatusCode status, string code) =>
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Options, path), status, code);
}
