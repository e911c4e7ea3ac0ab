using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Identity;

/// <summary>Proving again who one is, and what asks for it.</summary>
public sealed class FreshSessionTests(FreshSessionTests.Fixture fixture) : IClassFixture<FreshSessionTests.Fixture>
{
    private const string Current = "/v1/sessions/current";
    private const string Sensitive = "/test/sensitive";

    private ApiFixture Api => fixture.Api;

    [Fact]
    [Wall("B9")]
    public async Task A_sensitive_call_asks_for_a_proof_of_the_last_ten_minutes_by_the_database_clock()
    {
        var token = await Api.NewSessionAsync(await Api.NewPersonAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await fixture.PostAsync(Sensitive, token)).StatusCode);

        await AgeAsync(token, TimeSpan.FromMinutes(10));
        await Problem.IsAsync(await fixture.PostAsync(Sensitive, token), HttpStatusCode.Forbidden, "reauthentication_required");

        await AgeAsync(token, TimeSpan.FromMinutes(9.5));
        Assert.Equal(HttpStatusCode.NoContent, (await fixture.PostAsync(Sensitive, token)).StatusCode);
    }

    [Fact]
    [Wall("B2")]
    [Wall("B9")]
    public async Task Proving_it_again_makes_the_session_fresh_and_replaces_the_token()
    {
        var email = await Api.NewPersonAsync();
        var (token, other) = (await Api.NewSessionAsync(email), await Api.NewSessionAsync(email));
        var before = await SessionAsync(token);
        await AgeAsync(token, TimeSpan.FromHours(1));

        var answer = await ReauthenticateAsync(token, People.Password);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = await answer.JsonAsync();
        var renewed = body.GetProperty("token").GetString()!;
        Assert.NotEqual(token, renewed);
        Assert.Equal(before.GetProperty("id").GetGuid(), body.GetProperty("session").GetProperty("id").GetGuid());
        Assert.Equal(before.GetProperty("expiresAt").GetDateTime(), body.GetProperty("session").GetProperty("expiresAt").GetDateTime());
        Assert.Equal(HttpStatusCode.NoContent, (await fixture.PostAsync(Sensitive, renewed)).StatusCode);
        await Problem.IsAsync(await Api.SendAsync(HttpMethod.Get, Current, bearer: token), HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Get, Current, bearer: other)).StatusCode);
    }

    [Fact]
    [Wall("B2")]
    public async Task The_new_token_of_a_cookie_session_travels_as_a_cookie_alone()
    {
        var email = await Api.NewPersonAsync();
        var cookie = CookieOf(await Api.SignInAsync(email, transport: "cookie"));

        var answer = await Api.SendAsync(
            HttpMethod.Post, $"{Current}/reauthenticate", cookie: cookie, content: JsonContent.Create(new { password = People.Password }));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False((await answer.JsonAsync()).TryGetProperty("token", out _));
        Assert.NotEqual(cookie, CookieOf(answer));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Api.SendAsync(HttpMethod.Get, Current, cookie: cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Get, Current, cookie: CookieOf(answer))).StatusCode);
    }

    [Fact]
    [Wall("B9")]
    public async Task A_wrong_password_changes_nothing()
    {
        var token = await Api.NewSessionAsync(await Api.NewPersonAsync());
        await AgeAsync(token, TimeSpan.FromHours(1));

        await Problem.IsAsync(await ReauthenticateAsync(token, "a wrong password"), HttpStatusCode.Unauthorized, "invalid_credentials");

        await Problem.IsAsync(await fixture.PostAsync(Sensitive, token), HttpStatusCode.Forbidden, "reauthentication_required");
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Get, Current, bearer: token)).StatusCode);
    }

    [Fact]
    [Wall("B2")]
    public async Task Signing_in_ends_the_session_that_the_request_came_with()
    {
        var email = await Api.NewPersonAsync();
        var cookie = CookieOf(await Api.SignInAsync(email, transport: "cookie"));

        var again = await Api.SendAsync(
            HttpMethod.Post, "/v1/sessions", cookie: cookie, content: JsonContent.Create(new { email, password = People.Password }));

        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Api.SendAsync(HttpMethod.Get, Current, cookie: cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Get, Current, cookie: CookieOf(again))).StatusCode);
    }

    [Fact]
    [Wall("B2")]
    public async Task Of_fourteen_proofs_at_once_one_token_is_alive()
    {
        for (var round = 0; round < 3; round++)
        {
            var token = await Api.NewSessionAsync(await Api.NewPersonAsync());

            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => ReauthenticateAsync(token, People.Password)));

            var tokens = new List<string> { token };
            foreach (var answer in answers.Where(answer => answer.StatusCode == HttpStatusCode.OK))
            {
                tokens.Add((await answer.JsonAsync()).GetProperty("token").GetString()!);
            }

            var alive = await Task.WhenAll(tokens.Select(async each => (await Api.SendAsync(HttpMethod.Get, Current, bearer: each)).StatusCode == HttpStatusCode.OK));
            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
            Assert.Equal(1, alive.Count(isAlive => isAlive));
            Assert.False(alive[0]);
        }
    }

    private static string CookieOf(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    private Task<HttpResponseMessage> ReauthenticateAsync(string token, string password) =>
        Api.SendAsync(HttpMethod.Post, $"{Current}/reauthenticate", bearer: token, content: JsonContent.Create(new { password }));

    private async Task<JsonElement> SessionAsync(string token) =>
        (await (await Api.SendAsync(HttpMethod.Get, Current, bearer: token)).JsonAsync()).GetProperty("session");

    private async Task AgeAsync(string token, TimeSpan age) => await Api.ScalarAsync<int>(
        "update identity.sessions set authenticated_at = now() - $2 where token_hash = $1 returning 1",
        SHA256.HashData(Encoding.ASCII.GetBytes(token)),
        age);

    public sealed class Fixture(PostgresServer postgres) : IAsyncLifetime
    {
        private ApiHost? _host;

        public ApiFixture Api { get; } = new(postgres);

        public async ValueTask InitializeAsync()
        {
            await Api.InitializeAsync();
            _host = Api.StartAnother(configure: TestEndpoints.Add(
                test => test.MapPost("/sensitive", () => TypedResults.NoContent()).RequireFreshSession()));
        }

        public Task<HttpResponseMessage> PostAsync(string path, string token) => NotesFixture.SendAsync(_host!.Public, token, HttpMethod.Post, path, null);

        public async ValueTask DisposeAsync()
        {
            _host?.Dispose();
            await Api.DisposeAsync();
        }
    }
}
