using System.Net;
using HardenedService.Platform.Data;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace HardenedService.Tests.Data;

public sealed class UnitOfWorkTests(UnitOfWorkTests.Fixture api) : IClassFixture<UnitOfWorkTests.Fixture>
{
    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(303)]
    public async Task What_a_successful_call_did_lasts(int status)
    {
        var text = NotesFixture.New();

        Assert.Equal(status, (int)(await api.PostAsync($"/v1/tasks/answer?status={status}&text={text}")).StatusCode);
        Assert.Equal(1, await api.CountAsync(text));
        Assert.Equal(1, await api.MessagesAsync(text));
        Assert.Equal(1, await api.RenamedAsync(text));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(0)]
    public async Task What_a_refused_or_failed_call_did_is_gone_message_and_all(int status)
    {
        var text = NotesFixture.New();

        Assert.Equal(status == 0 ? 500 : status, (int)(await api.PostAsync($"/v1/tasks/answer?status={status}&text={text}")).StatusCode);
        Assert.Equal(0, await api.CountAsync(text));
        Assert.Equal(0, await api.MessagesAsync(text));
        Assert.Equal(0, await api.RenamedAsync(text));
    }

    [Theory]
    [InlineData("forbid")]
    [InlineData("started")]
    [InlineData("enqueue-without")]
    [InlineData("save-without")]
    [InlineData("update-without")]
    [InlineData("delete-without")]
    [InlineData("execute-without")]
    [InlineData("query-without")]
    [InlineData("opened-without")]
    [InlineData("after")]
    [InlineData("late")]
    [InlineData("nested")]
    public async Task A_handler_that_undermines_its_transaction_fails_and_has_no_effect(string fault)
    {
        var text = NotesFixture.New();

        try
        {
            await Problem.IsAsync(await api.PostAsync($"/v1/tasks/{fault}?text={text}"), HttpStatusCode.InternalServerError, "internal_error");
        }
        catch (HttpRequestException) when (fault == "started")
        {
            // The answer was under way: all that is left is to break the connection.
        }

        Assert.Equal(0, await api.CountAsync(text));
        Assert.Equal(0, await api.MessagesAsync(text));
        Assert.Equal(0, await api.RenamedAsync(text));
        Assert.NotEqual(0, await api.PeopleAsync());
    }

    [Fact]
    public async Task The_commit_precedes_the_first_byte_of_the_answer_and_the_connection_is_back_in_its_pool()
    {
        var text = NotesFixture.New();

        Assert.Equal("1 row to others, connection Closed", await (await api.PostAsync($"/v1/tasks/seen?text={text}")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_commit_that_fails_is_no_success_and_has_no_effect()
    {
        var text = NotesFixture.New();
        var answer = await api.PostAsync($"/v1/tasks/deferred?text={text}");

        await Problem.IsAsync(answer, HttpStatusCode.InternalServerError, "internal_error");
        Assert.Null(answer.Headers.Location);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Equal(0, await api.CountAsync(text));
    }

    [Fact]
    public async Task A_lost_serialization_race_at_commit_is_worth_a_retry()
    {
        var answer = await api.PostAsync("/v1/tasks/serialization");

        await Problem.IsAsync(answer, HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_GET_cannot_write()
    {
        var text = NotesFixture.New();

        await Problem.IsAsync(await api.GetAsync($"/v1/tasks/write?text={text}"), HttpStatusCode.InternalServerError, "internal_error");
        Assert.Equal(0, await api.CountAsync(text));
        Assert.Equal("\"on\"", await (await api.GetAsync("/v1/tasks/mode")).Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET", "streamed")]
    [InlineData("POST", "streamed")]
    [InlineData("GET", "reopened")]
    [InlineData("GET", "begun-again")]
    public async Task Nothing_is_read_after_the_transaction_while_the_answer_is_written(string method, string path) => await Problem.IsAsync(
        await api.SendAsync(new(method), $"/v1/tasks/{path}"), HttpStatusCode.InternalServerError, "internal_error");

    [Fact]
    public void A_safe_route_with_transactions_of_its_own_stops_the_start()
    {
        Action<RouteGroupBuilder>[] routes =
        [
            v1 => v1.MapGet("/own", () => "").OpensOwnTransactions(),
            v1 => v1.MapMethods("/own", ["POST", "HEAD"], () => "").OpensOwnTransactions(),
            v1 => v1.Map("/own", () => "").OpensOwnTransactions(),
            v1 => v1.MapGroup("/own").OpensOwnTransactions().MapGet("/", () => ""),
        ];

        foreach (var map in routes)
        {
            Assert.Contains("would let a safe method write", Assert.Throws<InvalidOperationException>(() => api.Start(map)).Message);
        }
    }

    [Fact]
    public async Task A_call_that_needs_no_database_takes_no_connection() =>
        Assert.Equal("false", await (await api.GetAsync("/v1/tasks/idle")).Content.ReadAsStringAsync());

    [Fact]
    public async Task A_handler_with_transactions_of_its_own_has_none_until_it_begins_one()
    {
        var (kept, dropped) = (NotesFixture.New(), NotesFixture.New());

        Assert.Equal(HttpStatusCode.NoContent, (await api.PostAsync($"/v1/tasks/own?kept={kept}&dropped={dropped}")).StatusCode);
        Assert.Equal(1, await api.CountAsync(kept));
        Assert.Equal(0, await api.CountAsync(dropped));
    }

    public sealed class Fixture(PostgresServer postgres) : IAsyncLifetime
    {
        private readonly NotesFixture _notes = new(postgres);
        private ApiHost? _host;

        public async ValueTask InitializeAsync()
        {
            await _notes.InitializeAsync();
            await _notes.People.ScalarAsync<int>(
                """
                create table notes.parents (id uuid primary key);
                create table notes.children (
                  text text not null,
                  parent uuid not null references notes.parents (id) deferrable initially deferred
                );
                grant select, insert on all tables in schema notes to hardened_service_app;
                select 1;
                """);
            _host = _notes.People.StartAnother(configure: TestEndpoints.Add(WorkEndpoints.Map, "/v1"));
        }

        public Task<HttpResponseMessage> PostAsync(string path) => SendAsync(HttpMethod.Post, path);

        public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

        public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) => NotesFixture.SendAsync(_host!.Public, _notes.Token, method, path, null);

        public ApiHost Start(Action<RouteGroupBuilder> map) => _notes.People.StartAnother(configure: TestEndpoints.Add(map, "/v1"));

        public async Task<long> CountAsync(string text) =>
            await _notes.CountAsync(text) + await _notes.People.ScalarAsync<long>("select count(*) from notes.children where text = $1", text);

        public Task<long> MessagesAsync(string kind) => _notes.People.ScalarAsync<long>("select count(*) from platform.outbox_messages where kind = $1", kind);

        public Task<long> RenamedAsync(string stamp) => _notes.People.ScalarAsync<long>("select count(*) from identity.accounts where security_stamp = $1", stamp);

        public Task<long> PeopleAsync() => _notes.People.ScalarAsync<long>("select count(*) from identity.accounts");

        public async ValueTask DisposeAsync()
        {
            _host?.Dispose();
            await _notes.DisposeAsync();
        }
    }
}
