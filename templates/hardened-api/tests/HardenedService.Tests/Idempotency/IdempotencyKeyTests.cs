using System.Net;
using System.Net.Http.Json;
using System.Text;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Idempotency;

[Wall("H1")]
public sealed class IdempotencyKeyTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    public async Task A_call_that_must_not_happen_twice_is_refused_without_a_key()
    {
        var text = NotesFixture.New();

        await Problem.IsAsync(await notes.AddAsync(key: null, text), HttpStatusCode.BadRequest, "idempotency_key_missing");
        Assert.Equal(0, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tab\tbed")]
    [InlineData("schlüssel")]
    [InlineData("\U0001F511")]
    [InlineData(256)]
    public async Task A_key_that_is_not_visible_ascii_of_255_characters_at_most_is_refused(object key)
    {
        var text = NotesFixture.New();
        using var utf8 = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = notes.Host.Public.BaseAddress };
        var value = key as string ?? new string('k', (int)key);

        var answer = await NotesFixture.SendAsync(
            utf8, notes.Token, HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text }), ("Idempotency-Key", value));

        await Problem.IsAsync(answer, HttpStatusCode.BadRequest, "idempotency_key_invalid");
        Assert.Equal(0, await notes.CountAsync(text));
    }

    [Fact]
    public async Task Two_keys_on_one_request_are_refused()
    {
        var text = NotesFixture.New();

        // One header line for each: the client would join them otherwise.
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, notes.Host.Public.BaseAddress!.Port);
        await using var stream = tcp.GetStream();
        var body = $$"""{"text":"{{text}}"}""";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/notes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {notes.Token}\r\nContent-Type: application/json\r\n"
                + $"Idempotency-Key: one\r\nIdempotency-Key: two\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("\"idempotency_key_invalid\"", answer);
        Assert.Equal(0, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData("k")]
    [InlineData("!\"#~,;=")]
    [InlineData(255)]
    public async Task Any_visible_ascii_is_a_key(object key)
    {
        var value = key as string ?? new string('k', (int)key);

        Assert.Equal(HttpStatusCode.Created, (await notes.AddAsync(value, NotesFixture.New())).StatusCode);
    }
}
