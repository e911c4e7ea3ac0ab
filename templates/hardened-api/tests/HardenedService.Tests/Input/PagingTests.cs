using System.Net;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Input;

public sealed class PagingTests(PagingTests.Fixture fixture) : IClassFixture<PagingTests.Fixture>
{
    private const int Count = 120;

    public sealed record Position(int Number);

    public sealed record OlderPosition(string Number);

    [Fact]
    public async Task A_list_is_read_page_by_page()
    {
        var first = await (await GetAsync("/test/numbers")).JsonAsync();
        Assert.Equal(Enumerable.Range(1, 50), first.GetProperty("items").EnumerateArray().Select(item => item.GetInt32()));

        var second = await (await GetAsync($"/test/numbers?limit=100&cursor={first.GetProperty("nextCursor").GetString()}")).JsonAsync();
        Assert.Equal(Enumerable.Range(51, 70), second.GetProperty("items").EnumerateArray().Select(item => item.GetInt32()));
        Assert.Null(second.GetProperty("nextCursor").GetString());
    }

    [Theory]
    [Wall("F4")]
    [InlineData("limit=0")]
    [InlineData("limit=-1")]
    [InlineData("limit=101")]
    [InlineData("limit=1e9")]
    [InlineData("limit=1000000000")]
    [InlineData("limit=2147483648")]
    [InlineData("limit=99999999999999999999")]
    [InlineData("limit=NaN")]
    [InlineData("limit=1.5")]
    [InlineData("limit=0x10")]
    [InlineData("limit=ten")]
    [InlineData("limit=")]
    [InlineData("limit=%00")]
    public async Task A_limit_out_of_range_is_refused(string query) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync($"/test/numbers?{query}")).StatusCode);

    [Theory]
    [Wall("F4")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("eyJOdW1iZXIiOjF9")]
    [InlineData("not base64url!")]
    [InlineData("%00")]
    [InlineData("' or 1=1 --")]
    public async Task A_made_up_cursor_is_refused(string cursor) => await IsRefusedAsync("/test/numbers", cursor);

    [Fact]
    [Wall("F4")]
    public async Task A_cursor_is_refused_when_changed_for_another_list_and_for_another_person()
    {
        var cursor = (await (await GetAsync("/test/numbers")).JsonAsync()).GetProperty("nextCursor").GetString()!;

        foreach (var place in new[] { 0, cursor.Length / 2, cursor.Length - 1 })
        {
            await IsRefusedAsync("/test/numbers", $"{cursor[..place]}{(cursor[place] == 'A' ? 'B' : 'A')}{cursor[(place + 1)..]}");
        }

        await IsRefusedAsync("/test/numbers", cursor[..^1]);
        await IsRefusedAsync("/test/numbers", new string('A', 2000));
        await IsRefusedAsync("/test/other-numbers", cursor);
        await IsRefusedAsync("/test/numbers", cursor, await fixture.TokenAsync());
    }

    [Fact]
    [Wall("F4")]
    public async Task A_cursor_of_another_release_is_refused_and_no_fault_of_ours() =>
        await IsRefusedAsync("/test/numbers", (await (await GetAsync("/test/older-cursor")).JsonAsync()).GetProperty("cursor").GetString()!);

    [Theory]
    [Wall("F5")]
    [InlineData("limit=1&limit=2")]
    [InlineData("limit=1&limit=1")]
    [InlineData("limit=1&LIMIT=2")]
    [InlineData("limit=1&%6cimit=2")]
    [InlineData("limit&limit=2")]
    [InlineData("other=1&other=2")]
    [InlineData("other=%00")]
    public async Task Two_values_for_one_parameter_are_refused_on_every_path(string query)
    {
        foreach (var path in new[] { "/test/numbers", "/v1/account", "/nowhere" })
        {
            await Problem.IsAsync(await GetAsync($"{path}?{query}"), HttpStatusCode.BadRequest, "malformed_request");
        }
    }

    [Fact]
    public async Task A_parameter_that_nobody_reads_is_no_concern() =>
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/test/numbers?utm_source=mail&x=")).StatusCode);

    private async Task IsRefusedAsync(string path, string cursor, string? token = null)
    {
        var answer = await GetAsync($"{path}?cursor={(cursor == "%00" ? cursor : Uri.EscapeDataString(cursor))}", token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", token ?? fixture.Token) } };

        return await fixture.Host.Public.SendAsync(request);
    }

    private static void Map(RouteGroupBuilder test)
    {
        test.MapGet("/older-cursor", (Session session, Cursors cursors) => new { cursor = cursors.Write(new OlderPosition("one"), "numbers", $"{session.UserId}") });
        test.MapGet("/numbers", ([AsParameters] PageRequest page, Session session, Cursors cursors) => List("numbers", page, session, cursors));
        test.MapGet("/other-numbers", ([AsParameters] PageRequest page, Session session, Cursors cursors) => List("other", page, session, cursors));
    }

    private static IResult List(string list, PageRequest page, Session session, Cursors cursors)
    {
        if (!cursors.TryRead<Position>(page.Cursor, out var after, list, $"{session.UserId}"))
        {
            return Cursors.Refusal();
        }

        var items = Enumerable.Range((after?.Number ?? 0) + 1, Count - (after?.Number ?? 0)).Take(page.Size).ToList();
        var nextCursor = items[^1] == Count ? null : cursors.Write(new Position(items[^1]), list, $"{session.UserId}");

        return TypedResults.Ok(new { items, nextCursor });
    }

    public sealed class Fixture(PostgresServer postgres) : IAsyncLifetime
    {
        private readonly ApiFixture _api = new(postgres);

        public ApiHost Host { get; private set; } = null!;

        public string Token { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await _api.InitializeAsync();
            Token = await TokenAsync();
            Host = _api.StartAnother(configure: TestEndpoints.Add(Map));
        }

        public async Task<string> TokenAsync() => await _api.NewSessionAsync(await _api.NewPersonAsync());

        public async ValueTask DisposeAsync()
        {
            Host?.Dispose();
            await _api.DisposeAsync();
        }
    }
}
