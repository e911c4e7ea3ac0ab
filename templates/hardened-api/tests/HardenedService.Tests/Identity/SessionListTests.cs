using System.Net;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

/// <summary>What people see of their sessions, and how they end them.</summary>
public sealed class SessionListTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Sessions = "/v1/sessions";
    private const string Current = "/v1/sessions/current";

    [Fact]
    [Wall("B7")]
    public async Task The_list_shows_ones_own_sessions_that_are_alive_and_tells_which_is_this_one()
    {
        var email = await api.NewPersonAsync();
        var stranger = await api.NewSessionAsync(await api.NewPersonAsync());
        var (here, elsewhere, ended) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email), await api.NewSessionAsync(email));
        await api.SendAsync(HttpMethod.Delete, Current, bearer: ended);

        var items = await ListAsync(here);

        Assert.Equal(2, items.Count);
        Assert.Equal(await IdAsync(here), Assert.Single(items, item => item.GetProperty("current").GetBoolean()).GetProperty("id").GetGuid());
        Assert.Contains(await IdAsync(elsewhere), items.Select(item => item.GetProperty("id").GetGuid()));
        Assert.All(items, item =>
        {
            Assert.Equal(["id", "createdAt", "lastSeenAt", "ip", "userAgent", "assurance", "current"], item.EnumerateObject().Select(member => member.Name));
            Assert.Equal("127.0.0.1", item.GetProperty("ip").GetString());
            Assert.Equal("password", item.GetProperty("assurance").GetString());
        });
        Assert.DoesNotContain(await IdAsync(stranger), items.Select(item => item.GetProperty("id").GetGuid()));
    }

    [Fact]
    [Wall("B7")]
    public async Task Somebody_elses_session_is_not_found_and_goes_on()
    {
        var mine = await api.NewSessionAsync(await api.NewPersonAsync());
        var theirs = await api.NewSessionAsync(await api.NewPersonAsync());

        var foreign = await Problem.IsAsync(await EndAsync(mine, await IdAsync(theirs)), HttpStatusCode.NotFound, "not_found");
        var missing = await Problem.IsAsync(await EndAsync(mine, Guid.NewGuid()), HttpStatusCode.NotFound, "not_found");

        Assert.Equal(missing.GetProperty("title").GetString(), foreign.GetProperty("title").GetString());
        Assert.Equal(HttpStatusCode.OK, await GetAsync(theirs));
    }

    [Fact]
    [Wall("B7")]
    public async Task One_session_ends_on_the_next_request_and_the_others_go_on()
    {
        var email = await api.NewPersonAsync();
        var (here, elsewhere, third) = (await api.NewSessionAsync(email), await api.NewSessionAsync(email), await api.NewSessionAsync(email));

        Assert.Equal(HttpStatusCode.NoContent, (await EndAsync(here, await IdAsync(elsewhere))).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(elsewhere));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(here));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(third));
    }

    [Fact]
    [Wall("B7")]
    public async Task All_others_end_at_once_and_this_one_goes_on()
    {
        var email = await api.NewPersonAsync();
        var stranger = await api.NewSessionAsync(await api.NewPersonAsync());
        var here = await api.NewSessionAsync(email);
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => api.NewSessionAsync(email)));

        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, Sessions, bearer: here)).StatusCode);

        Assert.All(await Task.WhenAll(others.Select(GetAsync)), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(here));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(stranger));
        Assert.Single(await ListAsync(here));
    }

    [Fact]
    public async Task Of_fourteen_who_end_all_others_at_once_nobody_fails()
    {
        for (var round = 0; round < 5; round++)
        {
            var email = await api.NewPersonAsync();
            var tokens = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => api.NewSessionAsync(email)));

            var answers = await Task.WhenAll(tokens.Select(token => api.SendAsync(HttpMethod.Delete, Sessions, bearer: token)));

            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NoContent, HttpStatusCode.Unauthorized }));
            var alive = (await Task.WhenAll(tokens.Select(GetAsync))).Count(status => status == HttpStatusCode.OK);
            Assert.True(alive <= 1, $"{alive} are alive");
        }
    }

    [Fact]
    [Wall("B3")]
    public async Task Signing_out_holds_on_the_next_request_on_every_replica()
    {
        using var replica = api.StartAnother();
        var email = await api.NewPersonAsync();

        for (var round = 0; round < 10; round++)
        {
            var token = await api.NewSessionAsync(email);
            Assert.Equal(HttpStatusCode.OK, await OnAsync(replica, HttpMethod.Get, token));

            Assert.Equal(HttpStatusCode.NoContent, await OnAsync(replica, HttpMethod.Delete, token));

            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(token));
            Assert.Equal(HttpStatusCode.Unauthorized, await OnAsync(replica, HttpMethod.Get, token));
        }
    }

    [Fact]
    public async Task Ending_the_session_of_this_call_takes_the_cookie_back()
    {
        var email = await api.NewPersonAsync();
        var signedIn = await api.SignInAsync(email, transport: "cookie");
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var id = (await signedIn.JsonAsync()).GetProperty("session").GetProperty("id").GetGuid();

        var ended = await api.SendAsync(HttpMethod.Delete, $"{Sessions}/{id}", cookie: cookie);

        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Contains("expires=Thu, 01 Jan 1970", Assert.Single(ended.Headers.GetValues("Set-Cookie")));
    }

    private async Task<List<JsonElement>> ListAsync(string token)
    {
        var answer = await api.SendAsync(HttpMethod.Get, Sessions, bearer: token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        return [.. (await answer.JsonAsync()).GetProperty("items").EnumerateArray()];
    }

    private async Task<Guid> IdAsync(string token) =>
        (await (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).JsonAsync()).GetProperty("session").GetProperty("id").GetGuid();

    private async Task<HttpStatusCode> GetAsync(string token) => (await api.SendAsync(HttpMethod.Get, Current, bearer: token)).StatusCode;

    private Task<HttpResponseMessage> EndAsync(string token, Guid id) => api.SendAsync(HttpMethod.Delete, $"{Sessions}/{id}", bearer: token);

    private static async Task<HttpStatusCode> OnAsync(ApiHost host, HttpMethod method, string token) =>
        (await NotesFixture.SendAsync(host.Public, token, method, Current, null)).StatusCode;
}
