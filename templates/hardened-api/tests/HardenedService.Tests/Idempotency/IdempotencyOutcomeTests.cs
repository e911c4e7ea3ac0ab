using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Idempotency;

/// <summary>Which answers are kept.</summary>
[Wall("H1")]
public sealed class IdempotencyOutcomeTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Theory]
    [InlineData("conflict", HttpStatusCode.Conflict, "conflict")]
    [InlineData("violation", HttpStatusCode.Conflict, "conflict")]
    [InlineData("bare", HttpStatusCode.NotFound, "not_found")]
    [InlineData("violate", HttpStatusCode.Conflict, "conflict")]
    [InlineData("race", HttpStatusCode.Conflict, "conflict")]
    public async Task A_refusal_of_the_handler_is_stored_and_its_effects_are_not(string outcome, HttpStatusCode status, string code)
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        var first = await notes.AddAsync(key, text, outcome);
        var retry = await notes.AddAsync(key, text);

        await Problem.IsAsync(first, status, code);
        await IdempotencyRetryTests.IsReplayAsync(first, retry);
        Assert.Equal(0, await notes.CountAsync(text));
    }

    [Fact]
    public async Task A_refusal_that_was_thrown_keeps_nothing_of_the_success_that_it_was_to_be()
    {
        var first = await notes.AddAsync(NotesFixture.New(), NotesFixture.New(), "violate");

        Assert.Equal(HttpStatusCode.Conflict, first.StatusCode);
        Assert.False(first.Headers.Contains("Set-Cookie"));
        Assert.True(first.Headers.Contains("X-Content-Type-Options"));
        Assert.True(first.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task A_lost_race_is_a_failed_precondition_where_one_was_asked_for_and_is_stored()
    {
        var note = (await notes.AddAsync(NotesFixture.New(), "original")).Headers.Location!.ToString().Replace("/notes", "/keyed-notes", StringComparison.Ordinal);
        var key = NotesFixture.New();
        Task<HttpResponseMessage> RenameAsync(string? outcome) => NotesFixture.SendAsync(
            notes.Host.Public, notes.Token, HttpMethod.Patch, note, JsonContent.Create(new { text = "changed" }), ("If-Match", "\"1\""), ("Idempotency-Key", key), ("Outcome", outcome));

        var first = await RenameAsync("conflict");
        await Problem.IsAsync(first, HttpStatusCode.PreconditionFailed, "precondition_failed");
        await IdempotencyRetryTests.IsReplayAsync(first, await RenameAsync(null));
    }

    [Fact]
    public async Task Of_an_answer_that_is_too_long_to_keep_the_rest_is_never_asked_for()
    {
        var text = NotesFixture.New();

        await Problem.IsAsync(
            await notes.SendAsync(HttpMethod.Post, $"/v1/notes/long?text={text}", null, NotesFixture.New()), HttpStatusCode.InternalServerError, "internal_error");
        Assert.Equal(0, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData(202, 1)]
    [InlineData(409, 0)]
    public async Task A_value_keeps_the_status_that_the_handler_gave_it_which_decides_on_its_effects(int status, int effects)
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(status, (int)(await notes.SendAsync(HttpMethod.Post, $"/v1/notes/value?status={status}&text={text}", null, key)).StatusCode);
            Assert.Equal(effects, await notes.CountAsync(text));
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/form-data")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_that_a_call_does_not_take_is_refused(string type)
    {
        using var content = new ByteArrayContent("text=1"u8.ToArray()) { Headers = { ContentType = new(type) } };

        await Problem.IsAsync(
            await notes.SendAsync(HttpMethod.Post, "/v1/notes/bare?text=x", content, NotesFixture.New()), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task The_type_of_a_form_makes_none_where_there_is_no_body()
    {
        // Without a length: the client would send one, or chunks.
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, notes.Host.Public.BaseAddress!.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/notes/bare?text=x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {notes.Token}\r\n"
                + $"Content-Type: multipart/form-data; boundary=b\r\nIdempotency-Key: {NotesFixture.New()}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 201 ", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_refusals_own_headers_are_stored()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        await notes.AddAsync(key, text, "conflict");
        Assert.Equal(TimeSpan.FromSeconds(7), (await notes.AddAsync(key, text)).Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData("throw", HttpStatusCode.InternalServerError)]
    [InlineData("unavailable", HttpStatusCode.ServiceUnavailable)]
    [InlineData("large", HttpStatusCode.InternalServerError)]
    [InlineData("violate-unmapped", HttpStatusCode.InternalServerError)]
    [InlineData("unreadable", HttpStatusCode.BadRequest)]
    public async Task What_is_not_the_handlers_answer_is_not_stored_and_the_retry_runs(string outcome, HttpStatusCode status)
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        var keys = await notes.KeysAsync();

        Assert.Equal(status, (await notes.AddAsync(key, text, outcome)).StatusCode);
        Assert.Equal(0, await notes.CountAsync(text));
        Assert.Equal(keys, await notes.KeysAsync());

        var retry = await notes.AddAsync(key, text);
        Assert.Equal(HttpStatusCode.Created, retry.StatusCode);
        Assert.False(retry.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData("{}", "validation_failed")]
    [InlineData("{", "malformed_request")]
    [InlineData("""{"unknown":1}""", "malformed_request")]
    public async Task A_request_that_never_reached_the_handler_is_not_stored(string body, string code)
    {
        var key = NotesFixture.New();
        var email = People.NewAddress();
        var keys = await notes.KeysAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await Problem.IsAsync(await notes.SendAsync(HttpMethod.Post, "/v1/notes/validated", content, key), HttpStatusCode.BadRequest, code);
        Assert.Equal(keys, await notes.KeysAsync());

        var mended = await notes.SendAsync(
            HttpMethod.Post, "/v1/notes/validated", JsonContent.Create(new { email, password = People.Password }), key);
        Assert.Equal(HttpStatusCode.Created, mended.StatusCode);
    }

    [Fact]
    public async Task What_became_of_keyed_requests_is_counted()
    {
        using var host = ApiHost.Start(notes.People.Database.AppConnectionString, notes.People.SmtpPort, configure: TestEndpoints.Add(NoteEndpoints.Map, "/v1"));
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var counted = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == factory && instrument.Name == "app.idempotency.requests")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Enqueue(tags[0].Value as string));
        listener.Start();
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        foreach (var body in new[] { text, text, "another" })
        {
            await NotesFixture.SendAsync(
                host.Public, notes.Token, HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text = body }), ("Idempotency-Key", key));
        }

        Assert.Equal(["stored", "replayed", "reused"], counted);
    }
}
