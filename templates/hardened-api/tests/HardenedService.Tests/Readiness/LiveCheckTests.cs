using System.Diagnostics;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Platform;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Readiness;

/// <summary>Each check that calls the service passes on the one that there is, and is shown one that it is there to find.</summary>
public sealed class LiveCheckTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string StackTrace = "System.InvalidOperationException: boom\n   at HardenedService.Api.Planted.Run(String path) in /src/Planted.cs:line 12";

    [Fact]
    public async Task The_service_that_there_is_passes()
    {
        (await new AnonymousCalls().LookAsync(api.Database, api.Api)).Is(CheckStatus.Pass, "are open and on the list");
        (await new ErrorsLeakNothing().LookAsync(api.Database, api.Api)).Is(CheckStatus.Pass, "each refused with nothing of the inside");
    }

    [Fact]
    public async Task A_service_out_of_reach_is_an_error()
    {
        using var context = new ReadinessContext(new ConfigurationBuilder().Build(), new ReadinessFile(), null, new("http://127.0.0.1:1"), new("http://127.0.0.1:1"));
        var found = await new ReadinessRun(context, TextWriter.Null).RunAsync([new AnonymousCalls(), new ErrorsLeakNothing()], TestContext.Current.CancellationToken);

        Assert.All(found, result => Assert.Equal(CheckStatus.Error, result.Finding.Status));
    }

    [Fact]
    public async Task An_open_endpoint_is_found()
    {
        using var host = api.StartAnother(configure: TestEndpoints.Beside(endpoints =>
            endpoints.MapApi("/v1/planted").WithTags("Planted").MapGet("/open", () => TypedResults.NoContent()).AllowAnonymous().WithName("plantedOpen")));

        (await new AnonymousCalls().LookAsync(api.Database, host)).Is(CheckStatus.Fail, "GET /v1/planted/open is open, and not on the list");
    }

    [Theory]
    [InlineData("/v1/account", "GET /v1/account answers a stranger with 200")]
    [InlineData("/metrics", "/metrics answers on the public port, with 200")]
    [InlineData("/health/ready", "/health/ready answers on the public port, with 200")]
    [InlineData("/docs", "/docs answers on the public port, with 200")]
    public async Task What_answers_a_stranger_whatever_the_document_says_is_found(string path, string words)
    {
        using var host = api.StartAnother(configure: Before(path, StatusCodes.Status200OK, "text/plain", "open"));

        (await new AnonymousCalls().LookAsync(api.Database, host)).Is(CheckStatus.Fail, words);
    }

    [Fact]
    public async Task A_call_on_the_list_that_asks_for_a_session_is_found()
    {
        const string document = """{ "paths": { "/v1/accounts": { "post": { "security": [{ "cookie": [] }] } } } }""";
        using var host = api.StartAnother(configure: Before("/openapi/v1.json", StatusCodes.Status200OK, "application/json", document));

        (await new AnonymousCalls().LookAsync(api.Database, host)).Is(CheckStatus.Fail, "POST /v1/accounts is on the list, and asks for a session: take it out");
    }

    [Fact]
    public async Task A_proxy_may_refuse_what_is_not_for_strangers_as_it_likes()
    {
        using var host = api.StartAnother(configure: Before("/metrics", StatusCodes.Status403Forbidden, "text/html", "<h1>Forbidden</h1>"));

        (await new AnonymousCalls().LookAsync(api.Database, host)).Is(CheckStatus.Pass, "are open and on the list");
    }

    [Fact]
    public async Task A_firewall_may_stop_an_attack_before_the_service_does()
    {
        using var host = api.StartAnother(configure: Before("/v1/account", StatusCodes.Status403Forbidden, "text/html", "<h1>Forbidden</h1>"));

        (await new ErrorsLeakNothing().LookAsync(api.Database, host)).Is(CheckStatus.Pass, "each refused with nothing of the inside");
    }

    [Theory]
    [InlineData(500, "text/plain", StackTrace, "answered with 500")]
    [InlineData(404, "text/plain", StackTrace, "InvalidOperationException")]
    [InlineData(404, "text/html", "<h1>Not found</h1>", "text/html, where a problem+json was due")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","exception":{"message":"boom"}}""", "further members: exception")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"select id from identity.accounts where email = $1"}""", "select id from")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"relation \"identity.planted\" does not exist"}""", "relation")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"Npgsql gave up"}""", "Npgsql")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"/app/appsettings.json was not found"}""", "/app/")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"Host=db.internal"}""", "Host=")]
    [InlineData(404, "application/problem+json", """{"code":"not_found","detail":"nginx/1.24.0"}""", "nginx/1.2")]
    public async Task An_answer_that_tells_of_the_inside_is_found(int status, string type, string body, string words)
    {
        using var host = api.StartAnother(configure: Before("/v1/nowhere", status, type, body));

        var finding = await new ErrorsLeakNothing().LookAsync(api.Database, host);

        finding.Is(CheckStatus.Fail, words);
        Assert.Contains("an unknown path", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_that_tells_what_answers_is_found()
    {
        using var host = api.StartAnother(configure: Before("/", StatusCodes.Status404NotFound, "application/problem+json", "{}", ("Server", "Planted/1.24")));

        (await new ErrorsLeakNothing().LookAsync(api.Database, host)).Is(CheckStatus.Fail, "a header tells what answers: \"Server: Planted/1.24\"");
    }

    [Fact]
    public async Task Where_the_service_answers_over_https_alone_a_check_asks_for_that_address()
    {
        using var host = api.StartAnother(configure: Before("/v1/sessions", StatusCodes.Status403Forbidden, "application/problem+json", """{"code":"https_required"}"""));

        (await new ErrorsLeakNothing().LookAsync(api.Database, host)).Is(CheckStatus.Error, "answers over HTTPS alone: name the public address, by --url");
    }

    [Fact]
    public async Task An_address_that_is_told_to_come_back_later_than_a_check_may_run_gives_up_at_once()
    {
        using var host = api.StartAnother(configure: Before("/v1/sessions", StatusCodes.Status429TooManyRequests, "text/plain", "", ("Retry-After", "60")));
        var watch = Stopwatch.StartNew();

        (await new ErrorsLeakNothing().LookAsync(api.Database, host)).Is(CheckStatus.Error, "asks too often: try again in 60 seconds");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    // Something that answers a path in the place of the service.
    internal static Action<IWebHostBuilder> Before(string path, int status, string type, string body, params (string Name, string Value)[] headers) =>
        host => host.ConfigureTestServices(services => services.AddSingleton<IStartupFilter>(new Usurper(path, status, type, body, headers)));

    private sealed class Usurper(string path, int status, string type, string body, (string Name, string Value)[] headers) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, following) =>
            {
                if (context.Request.Path != path)
                {
                    await following(context);
                    return;
                }

                Array.ForEach(headers, header => context.Response.Headers[header.Name] = header.Value);
                context.Response.StatusCode = status;
                context.Response.ContentType = type;
                await context.Response.WriteAsync(body);
            });
            next(app);
        };
    }
}
