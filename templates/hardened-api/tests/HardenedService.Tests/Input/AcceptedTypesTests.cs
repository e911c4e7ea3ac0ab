using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Input;

public sealed class AcceptedTypesTests(AcceptedTypesTests.Fixture fixture) : IClassFixture<AcceptedTypesTests.Fixture>
{
    private const string AddressBar = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("application/*")]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;odata=verbose")]
    [InlineData("application/json;q=0.001")]
    [InlineData("text/html, application/json;q=0.1")]
    [InlineData("application/*;q=0, application/json")]
    [InlineData("*/*;q=0, application/*")]
    [InlineData("application/json, text/plain, */*")]
    [InlineData(AddressBar)]
    [InlineData("nonsense")]
    public async Task Who_can_read_JSON_is_answered(string? accept)
    {
        var answer = await SendAsync(HttpMethod.Get, "/test/greeting", accept);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml")]
    [InlineData("application/problem+json")]
    [InlineData("text/*, image/*")]
    [InlineData("application/json;q=0")]
    [InlineData("application/json;q=0.0, */*")]
    [InlineData("application/*;q=0, */*")]
    [InlineData("*/*;q=0")]
    public async Task Who_cannot_is_told_before_anything_is_done(string accept)
    {
        var before = fixture.Calls;

        await Problem.IsAsync(await SendAsync(HttpMethod.Get, "/test/greeting", accept), HttpStatusCode.NotAcceptable, "not_acceptable");
        await Problem.IsAsync(await SendAsync(HttpMethod.Post, "/test/greeting", accept), HttpStatusCode.NotAcceptable, "not_acceptable");
        Assert.Equal(before, fixture.Calls);
    }

    [Theory]
    [InlineData("application/pdf", HttpStatusCode.OK)]
    [InlineData("image/*", HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.NotAcceptable)]
    public async Task A_call_that_answers_with_something_else_says_so(string accept, HttpStatusCode status) =>
        Assert.Equal(status, (await SendAsync(HttpMethod.Get, "/test/file", accept)).StatusCode);

    [Theory]
    [InlineData("DELETE", "/test/greeting", HttpStatusCode.NoContent)]
    [InlineData("GET", "/test/anything", HttpStatusCode.OK)]
    [InlineData("GET", "/test/closed", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/test/nowhere", HttpStatusCode.NotFound)]
    [InlineData("PATCH", "/test/greeting", HttpStatusCode.MethodNotAllowed)]
    public async Task What_has_no_body_of_a_known_kind_suits_everyone(string method, string path, HttpStatusCode status) =>
        Assert.Equal(status, (await SendAsync(HttpMethod.Parse(method), path, "text/html")).StatusCode);

    [Fact]
    public async Task Probes_and_tools_of_the_management_port_are_not_asked()
    {
        foreach (var path in new[] { "/health/live", "/openapi/v1.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/plain" } } };

            Assert.Equal(HttpStatusCode.OK, (await fixture.Host.Management.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task The_document_tells_of_it_where_there_is_a_body()
    {
        var paths = (await fixture.Host.Management.GetFromJsonAsync<System.Text.Json.JsonElement>("/openapi/v1.json")).GetProperty("paths");

        Assert.True(paths.GetProperty("/v1/account").GetProperty("get").GetProperty("responses").TryGetProperty("406", out _));
        Assert.False(paths.GetProperty("/v1/sessions/current").GetProperty("delete").GetProperty("responses").TryGetProperty("406", out _));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? accept)
    {
        using var request = new HttpRequestMessage(method, path);

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await fixture.Host.Public.SendAsync(request);
    }

    public sealed class Fixture : IDisposable
    {
        private int _calls;

        public Fixture() => Host = ApiHost.Start(ApiHost.NoDatabase, configure: TestEndpoints.Add(test =>
        {
            test.MapGet("/greeting", () => TypedResults.Ok(new { Calls = Interlocked.Increment(ref _calls) })).AllowAnonymous();
            test.MapPost("/greeting", () => TypedResults.Ok(new { Calls = Interlocked.Increment(ref _calls) })).AllowAnonymous();
            test.MapDelete("/greeting", () => TypedResults.NoContent()).AllowAnonymous();
            test.MapGet("/file", () => TypedResults.Bytes([], "image/png")).Produces(200, contentType: "application/pdf", additionalContentTypes: "image/png").AllowAnonymous();
            test.MapGet("/anything", () => Results.Text("anything")).AllowAnonymous();
            test.MapGet("/closed", () => TypedResults.Ok(new { Calls = 0 }));
        }));

        public ApiHost Host { get; }

        /// <summary>How often the greeting was given.</summary>
        public int Calls => _calls;

        public void Dispose() => Host.Dispose();
    }
}
