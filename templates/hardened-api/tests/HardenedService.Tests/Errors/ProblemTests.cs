using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Errors;

public sealed class ProblemTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"email":1,"password":"correct horse battery staple"}""")]
    [InlineData("""{"email":"someone@example.org","password":"correct horse battery staple","admin":true}""")]
    [InlineData("""{"email":"someone@example.org","email":"someone@example.org","password":"correct horse battery staple"}""")]
    [InlineData("""{"email":"someone@example.org","password":"correct horse battery staple"} trailing""")]
    [InlineData("""{"email":"someone@example.org","password":"\ud800 half a surrogate pair"}""")]
    public async Task A_body_that_cannot_be_read_is_malformed(string body) =>
        await Problem.IsAsync(await PostAsync(body, "application/json"), HttpStatusCode.BadRequest, "malformed_request");

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_malformed()
    {
        byte[] body = [.. """{"email":"someone@example.org","password":"correct horse """u8, 0xff, 0xfe, .. "\"}"u8];
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };

        await Problem.IsAsync(await api.Client.PostAsync("/v1/accounts", content), HttpStatusCode.BadRequest, "malformed_request");
    }

    [Fact]
    public async Task Values_that_are_not_acceptable_are_named_in_the_clients_own_terms()
    {
        var problem = await Problem.IsAsync(await PostAsync("{}", "application/json"), HttpStatusCode.BadRequest, "validation_failed");

        Assert.Equal(["email", "password"], problem.GetProperty("errors").EnumerateObject().Select(member => member.Name).Order());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=unheard-of")]
    [InlineData(null)]
    public async Task Another_content_type_is_refused(string? type) =>
        await Problem.IsAsync(await PostAsync("{}", type), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON; charset=\"UTF-8\"")]
    public async Task Odd_spellings_of_the_right_content_type_are_read(string type) =>
        await Problem.IsAsync(await PostAsync("{}", type), HttpStatusCode.BadRequest, "validation_failed");

    [Theory]
    [InlineData("/")]
    [InlineData("/v1/nowhere")]
    [InlineData("/v2/accounts")]
    public async Task An_unknown_path_is_not_found(string path) =>
        await Problem.IsAsync(await api.Client.GetAsync(path), HttpStatusCode.NotFound, "not_found");

    [Fact]
    public async Task A_wrong_method_is_not_allowed_and_the_right_ones_are_named()
    {
        var response = await api.Client.DeleteAsync("/v1/accounts");

        await Problem.IsAsync(response, HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_client_that_asks_for_html_still_gets_a_problem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        await Problem.IsAsync(await api.Client.SendAsync(request), HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_fault_of_ours_tells_nothing_of_the_inside()
    {
        using var host = api.StartAnother(configure: WithFault);
        var response = await host.Public.GetAsync("/fault");

        await Problem.IsAsync(response, HttpStatusCode.InternalServerError, "internal_error");
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("Exception", body);
        Assert.DoesNotContain("secret", body);
        Assert.DoesNotContain("   at ", body);
    }

    [Fact]
    public async Task A_database_out_of_reach_is_unavailable_and_says_when_to_come_back()
    {
        using var host = ApiHost.Start("Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none");
        using var content = new StringContent(
            """{"email":"someone@example.org","password":"correct horse battery staple","transport":"bearer"}""", Encoding.UTF8, "application/json");
        var response = await host.Public.PostAsync("/v1/sessions", content);

        await Problem.IsAsync(response, HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);

        // A session that cannot be looked up is not one that does not exist.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/account");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        await Problem.IsAsync(await host.Public.SendAsync(request), HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task Responses_do_not_name_the_server() =>
        Assert.False((await api.Client.GetAsync("/v1/account")).Headers.Contains("Server"));

    private static void WithFault(IWebHostBuilder host) =>
        host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter, FaultyEndpoint>());

    private Task<HttpResponseMessage> PostAsync(string body, string? type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        return api.Client.PostAsync("/v1/accounts", content);
    }

    /// <summary>Adds an endpoint that throws to the routes of the real application.</summary>
    private sealed class FaultyEndpoint : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.UseEndpoints(endpoints => endpoints.MapGet("/fault", Fail));
        };

        private static string Fail() => throw new InvalidOperationException("a secret of the inside");
    }
}
