using System.Net;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.OpenApi;

/// <summary>What ContractTests cannot see: that the document is where it belongs, and says the right things in words that tools read.</summary>
public sealed class OpenApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Document = "/openapi/v1.json";

    [Theory]
    [Wall("J3")]
    [InlineData(Document)]
    [InlineData("/docs")]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/index.js")]
    public async Task Document_and_page_answer_on_the_management_port_and_there_alone(string path)
    {
        var answer = await api.Api.Management.GetAsync(path);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.MovedPermanently, $"{answer.StatusCode}");
        await Problem.IsAsync(await api.Client.GetAsync(path), HttpStatusCode.NotFound, "not_found");

        using var forged = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = api.Api.Management.BaseAddress!.Authority } };
        await Problem.IsAsync(await api.Client.SendAsync(forged), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    [Wall("J3")]
    public async Task Outside_of_development_there_is_a_document_and_no_page()
    {
        using var certificates = new Certificates();
        using var host = ProductionHost.Start(certificates);

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync(Document)).StatusCode);
        await Problem.IsAsync(await host.Management.GetAsync("/docs/index.html"), HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task The_page_allows_its_own_scripts_and_nothing_inline()
    {
        var answer = await api.Api.Management.GetAsync("/docs/index.html");
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Contains("default-src 'none'; script-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("<script>", page);
        Assert.Contains(Document, await api.Api.Management.GetStringAsync("/docs/index.js"));
    }

    [Fact]
    public async Task It_says_who_and_where_the_service_is_and_how_to_authenticate()
    {
        var document = await DocumentAsync();

        Assert.Equal("Hardened Service", document.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal("https://service.example", Assert.Single(document.GetProperty("servers").EnumerateArray()).GetProperty("url").GetString());
        var schemes = document.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("http bearer", $"{schemes.GetProperty("bearer").GetProperty("type")} {schemes.GetProperty("bearer").GetProperty("scheme")}");
        Assert.Equal("cookie __Host-session", $"{schemes.GetProperty("cookie").GetProperty("in")} {schemes.GetProperty("cookie").GetProperty("name")}");
    }

    [Fact]
    public async Task Operations_are_named_after_their_use_case_and_say_who_may_call_them()
    {
        var paths = (await DocumentAsync()).GetProperty("paths");
        var register = paths.GetProperty("/v1/accounts").GetProperty("post");
        var show = paths.GetProperty("/v1/account").GetProperty("get");

        Assert.Equal("registerAccount", register.GetProperty("operationId").GetString());
        Assert.Equal("Asks for an account", register.GetProperty("summary").GetString());
        Assert.Equal("Accounts", register.GetProperty("tags")[0].GetString());
        Assert.Equal(0, register.GetProperty("security").GetArrayLength());
        Assert.False(register.GetProperty("responses").TryGetProperty("401", out _));
        Assert.Equal("""[{"bearer":[]},{"cookie":[]}]""", JsonSerializer.Serialize(show.GetProperty("security")));
        Assert.True(show.GetProperty("responses").TryGetProperty("401", out _));
    }

    [Fact]
    public async Task Requests_are_described_as_they_are_validated()
    {
        var schemas = (await DocumentAsync()).GetProperty("components").GetProperty("schemas");
        var register = schemas.GetProperty("RegisterRequest");
        var email = register.GetProperty("properties").GetProperty("email");
        var password = register.GetProperty("properties").GetProperty("password");

        Assert.Equal("""["email","password"]""", JsonSerializer.Serialize(register.GetProperty("required")));
        Assert.False(register.GetProperty("additionalProperties").GetBoolean());
        Assert.Equal("email 254", $"{email.GetProperty("format")} {email.GetProperty("maxLength")}");
        Assert.Equal("password 15 256", $"{password.GetProperty("format")} {password.GetProperty("minLength")} {password.GetProperty("maxLength")}");
        Assert.Equal("""["member","admin","owner"]""", JsonSerializer.Serialize(schemas.GetProperty("OrganizationRole").GetProperty("enum")));
        Assert.Equal("string", schemas.GetProperty("OrganizationRole").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Answers_tell_their_headers()
    {
        var document = await DocumentAsync();
        var created = document.GetProperty("paths").GetProperty("/v1/sessions").GetProperty("post").GetProperty("responses").GetProperty("201");
        var responses = document.GetProperty("components").GetProperty("responses");

        Assert.Equal(["Location", "Set-Cookie"], created.GetProperty("headers").EnumerateObject().Select(header => header.Name).Order());
        Assert.True(responses.GetProperty("rate_limited").GetProperty("headers").TryGetProperty("Retry-After", out _));
        Assert.True(responses.GetProperty("unavailable").GetProperty("headers").TryGetProperty("Retry-After", out _));
        Assert.True(responses.GetProperty("unauthenticated").GetProperty("headers").TryGetProperty("WWW-Authenticate", out _));
    }

    private async Task<JsonElement> DocumentAsync() => await (await api.Api.Management.GetAsync(Document)).JsonAsync();
}
