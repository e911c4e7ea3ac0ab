using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Idempotency;

/// <summary>A key belongs to one person's one call.</summary>
[Wall("H1")]
public sealed class IdempotencyScopeTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    public async Task Another_persons_same_key_is_independent()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        var stranger = await notes.NewTokenAsync();

        var mine = await notes.AddAsync(key, text);
        var theirs = await notes.SendAsync(HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text }), key, token: stranger);
        var otherPayload = await notes.SendAsync(HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text = "mine alone" }), key, token: await notes.NewTokenAsync());

        Assert.All([mine, theirs, otherPayload], answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.All([mine, theirs, otherPayload], answer => Assert.False(answer.Headers.Contains("Idempotency-Replayed")));
        Assert.Equal(2, await notes.CountAsync(text));
    }

    [Fact]
    public async Task The_same_key_on_another_path_or_method_is_independent()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        var body = new { text };

        HttpResponseMessage[] answers =
        [
            await notes.SendAsync(HttpMethod.Post, "/v1/notes", JsonContent.Create(body), key),
            await notes.SendAsync(HttpMethod.Put, "/v1/notes", JsonContent.Create(body), key),
            await notes.SendAsync(HttpMethod.Post, "/v1/other-notes", JsonContent.Create(body), key),
        ];

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal(3, await notes.CountAsync(text));
    }

    [Theory]
    [InlineData("/v1/notes/named-*", "/V1/NOTES/NAMED-*")]
    [InlineData("/v1/notes/named-*", "/v1/notes/named-*/")]
    [InlineData("/v1/notes/named-*", "/v1/n%6Ftes/named-*")]
    [InlineData("/v1/notes/named-a*", "/v1/notes/named-%61*")]
    [InlineData("/v1/notes/*/copies", "/v1/Notes/{^}/Copies/")]
    [InlineData("/v1/notes/pages/7?text=*", "/v1/notes/Pages/+007/?text=*")]
    public async Task A_path_in_another_spelling_is_the_same_call(string path, string retry)
    {
        var (key, id) = (NotesFixture.New(), NotesFixture.New());

        var first = await PostAsync(path, id, key);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await IdempotencyRetryTests.IsReplayAsync(first, await PostAsync(retry, id, key));
    }

    [Theory]
    [InlineData("/v1/notes/named-a*", "/v1/notes/named-A*")]
    [InlineData("/v1/notes/*/copies", "/v1/notes/00000000-0000-0000-0000-000000000000/copies")]
    [InlineData("/v1/notes/pages/7?text=*", "/v1/notes/pages/-7?text=*")]
    public async Task Another_value_in_the_path_is_another_call(string path, string other)
    {
        var (key, id) = (NotesFixture.New(), NotesFixture.New());

        foreach (var answer in new[] { await PostAsync(path, id, key), await PostAsync(other, id, key) })
        {
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Idempotency-Replayed"));
        }
    }

    [Fact]
    public async Task What_is_stored_of_a_payload_differs_by_key_so_that_a_short_secret_cannot_be_guessed_from_it()
    {
        var email = await notes.People.NewPersonAsync();
        var token = await notes.People.NewSessionAsync(email);

        for (var i = 0; i < 2; i++)
        {
            await notes.SendAsync(HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text = "1234" }), NotesFixture.New(), token: token);
        }

        Assert.Equal(2, await notes.People.ScalarAsync<long>(
            """
            select count(distinct fingerprint)
            from platform.idempotency_keys
            where user_id = (select id from identity.accounts where email = $1)
            """,
            email));
    }

    [Fact]
    public async Task A_key_goes_with_its_account()
    {
        var email = await notes.People.NewPersonAsync();
        var token = await notes.People.NewSessionAsync(email);
        await notes.SendAsync(HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text = email }), NotesFixture.New(), token: token);
        Task<long> KeysOfAsync() => notes.People.ScalarAsync<long>(
            "select count(*) from platform.idempotency_keys where user_id not in (select id from identity.accounts where email <> $1)", email);

        Assert.Equal(1, await KeysOfAsync());
        await notes.People.ScalarAsync<int>("delete from identity.accounts where email = $1 returning 1", email);
        Assert.Equal(0, await KeysOfAsync());
    }

    /// <summary>The star stands for the id, the caret for the same in capitals.</summary>
    private Task<HttpResponseMessage> PostAsync(string path, string id, string key) => notes.SendAsync(
        HttpMethod.Post,
        path.Replace("*", id, StringComparison.Ordinal).Replace("^", id.ToUpperInvariant(), StringComparison.Ordinal),
        null,
        key);
}
