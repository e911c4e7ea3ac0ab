using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Tests.Identity;

/// <summary>How long sessions live, and what does not make one.</summary>
public sealed class SessionLifeTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Current = "/v1/sessions/current";

    [Theory]
    [InlineData("cookie", "00:30:00", "12:00:00")]
    [InlineData("bearer", "14.00:00:00", "30.00:00:00")]
    [Wall("B4")]
    public async Task A_session_lives_as_long_as_its_transport_allows(string transport, string idle, string lifetime)
    {
        var session = (await (await api.SignInAsync(await api.NewPersonAsync(), transport: transport)).JsonAsync()).GetProperty("session");

        Assert.Equal(
            TimeSpan.Parse(idle, CultureInfo.InvariantCulture),
            await api.ScalarAsync<TimeSpan>("select idle_timeout from identity.sessions where id = $1", session.GetProperty("id").GetGuid()));
        Assert.Equal(
            TimeSpan.Parse(lifetime, CultureInfo.InvariantCulture),
            await api.ScalarAsync<TimeSpan>("select expires_at - created_at from identity.sessions where id = $1", session.GetProperty("id").GetGuid()));
        Assert.Equal(
            TimeSpan.Parse(lifetime, CultureInfo.InvariantCulture), session.GetProperty("expiresAt").GetDateTime() - session.GetProperty("createdAt").GetDateTime());
    }

    [Theory]
    [Wall("B4")]
    [InlineData("last_seen_at = now() - interval '14 days'")]
    [InlineData("created_at = now() - interval '31 days', expires_at = now()")]
    public async Task A_session_ends_when_idle_or_at_its_time_by_the_database_clock(string change) => await EndsAsync(
        $"update identity.sessions set {change} where token_hash = $1 returning 1");

    [Fact]
    [Wall("B5")]
    public async Task A_session_ends_with_its_account_whoever_disabled_it() => await EndsAsync(
        "update identity.accounts set disabled_at = now() where id = (select account_id from identity.sessions where token_hash = $1) returning 1");

    private async Task EndsAsync(string change)
    {
        var token = await api.NewSessionAsync(await api.NewPersonAsync());
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).StatusCode);

        await api.ScalarAsync<int>(change, SHA256.HashData(Encoding.ASCII.GetBytes(token)));

        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).StatusCode);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("access_token")]
    [InlineData("__Host-session")]
    [Wall("B11")]
    public async Task A_token_in_the_query_is_ignored(string parameter)
    {
        var token = await api.NewSessionAsync(await api.NewPersonAsync());

        // With a cookie that is none of ours: a call that brings nothing at all is not even looked at.
        var answer = await api.SendAsync(HttpMethod.Get, $"{Current}?{parameter}={token}", cookie: "theme=dark");

        await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    [Wall("B14")]
    public async Task What_cannot_be_a_token_is_refused_without_asking_the_database()
    {
        using var host = ApiHost.Start(ApiHost.NoDatabase);
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);

        foreach (var junk in new[] { "garbage", "hs1_", token[..^1], token + "A", token[..^1] + "!", "hm1_" + token[4..], "HS1_" + token[4..], new string('x', 10_240) })
        {
            var answer = await NotesFixture.SendAsync(host.Public, junk, HttpMethod.Get, Current, null);
            await Problem.IsAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    [Fact]
    [Wall("B15")]
    public async Task Without_the_database_someone_with_a_token_is_neither_refused_nor_anonymous()
    {
        using var host = ApiHost.Start(ApiHost.NoDatabase, configure: TestEndpoints.Add(
            test => test.MapGet("/open", () => TypedResults.NoContent()).AllowAnonymous()));
        var token = OpaqueToken.New(OpaqueToken.SessionPrefix);

        foreach (var path in new[] { Current, "/test/open" })
        {
            var answer = await NotesFixture.SendAsync(host.Public, token, HttpMethod.Get, path, null);
            await Problem.IsAsync(answer, HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
        }
    }
}
