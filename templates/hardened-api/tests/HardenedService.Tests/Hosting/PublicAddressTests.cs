using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

public sealed class PublicAddressTests
{
    [Fact]
    [Wall("D5")]
    public async Task Outside_of_Development_plain_http_is_refused_and_not_redirected()
    {
        using var host = ProductionHost.Start(ApiHost.NoDatabase);

        foreach (var (method, path) in new[] { ("GET", "/v1/account"), ("POST", "/v1/sessions"), ("GET", "/nowhere"), ("OPTIONS", "/v1/sessions") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Host = "service.example" } };
            var answer = await host.Public.SendAsync(request);

            await Problem.IsAsync(answer, HttpStatusCode.Forbidden, "https_required");
            Assert.Null(answer.Headers.Location);
        }

        // Probes ask the management port by address and plain HTTP.
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
    }

    [Theory]
    [InlineData("service.example", true)]
    [InlineData("SERVICE.example:8443", true)]
    [InlineData("a.api.example", true)]
    [InlineData("api.example", false)]
    [InlineData("evil.example", false)]
    [InlineData("service.example.evil.example", false)]
    [InlineData("127.0.0.1", false)]
    public async Task Another_host_than_the_allowed_ones_is_refused(string name, bool allowed)
    {
        using var host = ApiHost.Start(
            ApiHost.NoDatabase, settings: new Dictionary<string, string> { ["AllowedHosts"] = "service.example; *.api.example" });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { Host = name } };
        var answer = await host.Public.SendAsync(request);

        await (allowed
            ? Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated")
            : Problem.IsAsync(answer, HttpStatusCode.BadRequest, "malformed_request"));
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task Without_a_list_the_host_of_the_public_url_is_the_only_one()
    {
        using var host = ProductionHost.Start(ApiHost.NoDatabase);
        using var forged = new HttpRequestMessage(HttpMethod.Get, "/v1/account") { Headers = { Host = "evil.example" } };

        await Problem.IsAsync(await host.Public.SendAsync(forged), HttpStatusCode.BadRequest, "malformed_request");
        Assert.StartsWith("HTTP/1.1 400", await RawHttp.SendAsync(host.Public.BaseAddress!, "GET /v1/account HTTP/1.0\r\n\r\n"));
    }
}
