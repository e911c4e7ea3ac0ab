using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Idempotency;

[Wall("H1")]
public sealed class IdempotencyRetryTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    public async Task A_retry_gets_the_stored_status_headers_and_body()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        var first = await notes.AddAsync(key, text);
        var retry = await notes.AddAsync(key, text);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await IsReplayAsync(first, retry);
        Assert.Equal("\"1\"", retry.Headers.ETag?.Tag);
        Assert.StartsWith("/v1/notes/", retry.Headers.Location?.ToString());
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Fact]
    public async Task A_cookie_of_the_answer_is_neither_stored_nor_replayed()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        Assert.True((await notes.AddAsync(key, text)).Headers.Contains("Set-Cookie"));
        Assert.False((await notes.AddAsync(key, text)).Headers.Contains("Set-Cookie"));
        Assert.Equal(0, await notes.People.ScalarAsync<long>("select count(*) from platform.idempotency_keys where headers::text ilike '%cookie%'"));
    }

    [Theory]
    [InlineData("""{"text":"T","labels":{"a":1,"b":2}}""")]
    [InlineData("""{ "labels" : {"b":2, "a":1},   "text": "T" }""")]
    [InlineData("""{"labels":{"b":2,"a":1},"text":"T","color":null}""")]
    [InlineData("""{"l\u0061bels":{"a":1,"b":2},"text":"\u0054"}""")]
    public async Task The_same_payload_written_differently_is_a_retry(string json)
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        var first = await notes.AddJsonAsync(key, $$$"""{"text":"{{{text}}}","labels":{"a":1,"b":2}}""");

        await IsReplayAsync(first, await notes.AddJsonAsync(
            key, json.Replace("\"T\"", $"\"{text}\"", StringComparison.Ordinal).Replace("\\u0054", text, StringComparison.Ordinal)));
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData("""{"text":"other","labels":{"a":1}}""")]
    [InlineData("""{"text":"T","labels":{"a":2}}""")]
    [InlineData("""{"text":"T","labels":{"b":1}}""")]
    [InlineData("""{"text":"T"}""")]
    [InlineData("""{"text":"T","labels":{"a":1},"color":""}""")]
    public async Task A_key_cannot_be_used_for_another_payload(string json)
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        await notes.AddJsonAsync(key, $$$"""{"text":"{{{text}}}","labels":{"a":1}}""");

        var answer = await notes.AddJsonAsync(key, json.Replace("\"T\"", $"\"{text}\"", StringComparison.Ordinal));

        await Problem.IsAsync(answer, HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Fact]
    public async Task The_query_is_a_part_of_the_payload()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        var first = await notes.SendAsync(HttpMethod.Post, $"/v1/notes/bare?text={text}", null, key);
        var retry = await notes.SendAsync(HttpMethod.Post, $"/v1/notes/bare?text={text}", null, key);
        var other = await notes.SendAsync(HttpMethod.Post, $"/v1/notes/bare?text={text}&more=1", null, key);

        await IsReplayAsync(first, retry);
        await Problem.IsAsync(other, HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_form_is_compared_by_its_fields_and_files_and_not_by_its_boundary()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        var first = await notes.SendAsync(HttpMethod.Post, "/v1/notes/form", Form(text, "content"), key);
        var retry = await notes.SendAsync(HttpMethod.Post, "/v1/notes/form", Form(text, "content", fileFirst: true), key);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await IsReplayAsync(first, retry);
        Assert.Equal(1, await notes.CountAsync($"{text}:7"));

        foreach (var other in new[] { Form(text, "CONTENT"), Form("other", "content"), Form(text, "content", fileName: "b.txt") })
        {
            await Problem.IsAsync(
                await notes.SendAsync(HttpMethod.Post, "/v1/notes/form", other, key), HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        }
    }

    /// <summary>The retry is what was answered before, byte for byte, and says that it is a retry's answer.</summary>
    internal static async Task IsReplayAsync(HttpResponseMessage first, HttpResponseMessage retry)
    {
        Assert.Equal(first.StatusCode, retry.StatusCode);
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await retry.Content.ReadAsByteArrayAsync());
        Assert.Equal(Described(first), Described(retry));
        Assert.Equal(["true"], retry.Headers.GetValues("Idempotency-Replayed"));
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
    }

    private static List<string> Described(HttpResponseMessage answer) =>
    [
        .. answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Set-Cookie" or "Idempotency-Replayed"))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(),
    ];

    private static MultipartFormDataContent Form(string text, string content, string fileName = "a.txt", bool fileFirst = false)
    {
        var file = new StringContent(content, Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
        var form = new MultipartFormDataContent(NotesFixture.New());
        (HttpContent Part, string Name)[] parts = [(new StringContent(text), "text"), (file, "file")];

        foreach (var (part, name) in fileFirst ? parts.Reverse() : parts)
        {
            if (name == "file")
            {
                form.Add(part, name, fileName);
            }
            else
            {
                form.Add(part, name);
            }
        }

        return form;
    }
}
