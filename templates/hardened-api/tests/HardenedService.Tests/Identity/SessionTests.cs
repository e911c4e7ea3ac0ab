using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Identity;

public sealed class SessionTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    private const string Current = "/v1/sessions/current";

    [Fact]
    public async Task Signing_in_by_bearer_hands_out_a_token_once_and_sets_no_cookie()
    {
        var email = await api.NewPersonAsync();
        var response = await api.SignInAsync(email);
        var body = await response.JsonAsync();
        var token = body.GetProperty("token").GetString()!;

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Matches("^hs1_[A-Za-z0-9_-]{43}$", token);
        Assert.False(response.Headers.Contains("Set-Cookie"));

        var current = await (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).JsonAsync();
        Assert.False(current.TryGetProperty("token", out _));
        Assert.True(JsonElement.DeepEquals(body.GetProperty("session"), current.GetProperty("session")));
        Assert.Equal(email, current.GetProperty("session").GetProperty("email").GetString());
        Assert.Equal("password", current.GetProperty("session").GetProperty("assurance").GetString());
    }

    [Fact]
    [Wall("B10")]
    public async Task Signing_in_by_cookie_is_the_default_and_keeps_the_token_out_of_the_body()
    {
        var email = await api.NewPersonAsync();
        var response = await api.SendAsync(HttpMethod.Post, "/v1/sessions", content: JsonContent.Create(new { email, password = People.Password }));

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.False((await response.JsonAsync()).TryGetProperty("token", out _));
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        var parts = cookie.Split("; ");
        Assert.StartsWith("__Host-session=hs1_", parts[0]);
        Assert.Equal(["httponly", "path=/", "samesite=lax", "secure"], parts[1..].Select(part => part.ToLowerInvariant()).Order());

        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, Current, cookie: parts[0])).StatusCode);

        var signedOut = await api.SendAsync(HttpMethod.Delete, Current, cookie: parts[0]);
        Assert.Equal(HttpStatusCode.NoContent, signedOut.StatusCode);
        Assert.Contains("expires=Thu, 01 Jan 1970", Assert.Single(signedOut.Headers.GetValues("Set-Cookie")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Get, Current, cookie: parts[0])).StatusCode);
    }

    [Fact]
    [Wall("B3")]
    public async Task Sign_out_ends_the_session_on_the_next_request_and_leaves_others_alone()
    {
        var email = await api.NewPersonAsync();
        var here = await api.NewSessionAsync(email);
        var elsewhere = await api.NewSessionAsync(email);

        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, Current, bearer: here)).StatusCode);

        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, Current, bearer: here), HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, Current, bearer: elsewhere)).StatusCode);
    }

    [Fact]
    public async Task The_account_belongs_to_the_session()
    {
        var email = await api.NewPersonAsync();
        var account = await (await api.SendAsync(HttpMethod.Get, "/v1/account", bearer: await api.NewSessionAsync(email))).JsonAsync();

        Assert.Equal(email, account.GetProperty("email").GetString());
        Assert.True(account.GetProperty("emailConfirmed").GetBoolean());
        Assert.False(account.GetProperty("mfaEnabled").GetBoolean());
        Assert.Equal(DateTimeKind.Utc, account.GetProperty("createdAt").GetDateTime().Kind);
        Assert.Equal(7, account.GetProperty("id").GetGuid().Version);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_one_answer()
    {
        var email = await api.NewPersonAsync();

        var wrong = await Problem.IsAsync(await api.SignInAsync(email, "a wrong password"), HttpStatusCode.Unauthorized, "invalid_credentials");
        var unknown = await Problem.IsAsync(await api.SignInAsync(People.NewAddress()), HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.Equal(Without(wrong, "traceId"), Without(unknown, "traceId"));
    }

    [Fact]
    [Wall("B1")]
    public async Task Only_the_hash_of_a_token_is_stored()
    {
        var token = await api.NewSessionAsync(await api.NewPersonAsync());
        await api.SendAsync(HttpMethod.Get, Current, bearer: token);

        var dump = await postgres.DumpRowsAsync(api.Database.AdminConnectionString);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token))), dump);
        Assert.DoesNotContain(token, dump);
        Assert.DoesNotContain(token["hs1_".Length..], dump);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(token[^8..])), dump);

        Assert.Equal(1, await api.ScalarAsync<long>(
            "select count(*) from identity.sessions where token_hash = $1", SHA256.HashData(Encoding.ASCII.GetBytes(token))));
    }

    [Fact]
    public async Task A_long_user_agent_is_cut_between_characters()
    {
        var email = await api.NewPersonAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sessions")
        {
            Content = JsonContent.Create(new { email, password = People.Password, transport = "bearer" }),
        };
        request.Headers.TryAddWithoutValidation("User-Agent", new string('a', 511) + "\U0001F642");
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = api.Client.BaseAddress };

        Assert.Equal(HttpStatusCode.Created, (await client.SendAsync(request)).StatusCode);
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from identity.sessions where user_agent = repeat('a', 511)"));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("hs1_")]
    [InlineData("hs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("hs1_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("hm1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_was_never_issued_is_refused(string token) =>
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, Current, bearer: token), HttpStatusCode.Unauthorized, "unauthenticated");

    [Fact]
    public async Task Without_a_session_there_is_no_account() =>
        await Problem.IsAsync(await api.SendAsync(HttpMethod.Get, "/v1/account"), HttpStatusCode.Unauthorized, "unauthenticated");

    private static Dictionary<string, string> Without(JsonElement problem, string member) => problem
        .EnumerateObject()
        .Where(property => property.Name != member)
        .ToDictionary(property => property.Name, property => property.Value.ToString());
}
