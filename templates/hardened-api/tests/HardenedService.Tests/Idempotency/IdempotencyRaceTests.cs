using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Idempotency;

public sealed class IdempotencyRaceTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    [Wall("H1")]
    public async Task Fourteen_posts_with_one_key_have_one_effect()
    {
        for (var round = 0; round < 25; round++)
        {
            var (key, text) = (NotesFixture.New(), NotesFixture.New());
            var outcome = round % 5 == 0 ? "slow" : null;

            var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => notes.AddAsync(key, text, outcome)));

            Assert.Equal(1, await notes.CountAsync(text));
            var created = answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).ToList();
            var first = Assert.Single(created, answer => !answer.Headers.Contains("Idempotency-Replayed"));

            foreach (var replay in created.Where(answer => answer != first))
            {
                await IdempotencyRetryTests.IsReplayAsync(first, replay);
            }

            foreach (var refused in answers.Except(created))
            {
                await Problem.IsAsync(refused, HttpStatusCode.Conflict, "idempotency_in_progress");
            }

            await IdempotencyRetryTests.IsReplayAsync(first, await notes.AddAsync(key, text));
        }
    }

    [Fact]
    [Wall("H1")]
    public async Task A_second_call_does_not_wait_for_the_first()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        using var gone = new CancellationTokenSource();
        var first = HangAsync(key, text, gone.Token);
        await notes.HoldsTransactionAsync();

        await Problem.IsAsync(await notes.AddAsync(key, text), HttpStatusCode.Conflict, "idempotency_in_progress");

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.HoldsAsync(async () => (await notes.AddAsync(key, text)).StatusCode == HttpStatusCode.Created, "the key to be free again");
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Fact]
    [Wall("H1")]
    public async Task Of_fourteen_payloads_with_one_key_one_has_its_effect()
    {
        for (var round = 0; round < 10; round++)
        {
            var key = NotesFixture.New();
            var texts = Enumerable.Range(0, 14).Select(_ => NotesFixture.New()).ToList();

            var answers = await Task.WhenAll(texts.Select(text => notes.AddAsync(key, text)));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.All(answers, answer => Assert.Contains(
                answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict, HttpStatusCode.UnprocessableEntity }));
            Assert.Equal(1, await notes.People.ScalarAsync<long>("select count(*) from notes.notes where text = any ($1)", (object)texts.ToArray()));
        }
    }

    [Fact]
    [Wall("H3")]
    public async Task The_key_of_a_holder_whose_connection_died_can_be_taken_over()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());
        using var gone = new CancellationTokenSource();
        var first = HangAsync(key, text, gone.Token);
        var process = await notes.HoldsTransactionAsync();

        await notes.People.ScalarAsync<bool>("select pg_terminate_backend($1)", process);
        await Eventually.HoldsAsync(async () => (await notes.AddAsync(key, text)).StatusCode == HttpStatusCode.Created, "the key to be taken over");

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(1, await notes.CountAsync(text));
    }

    /// <summary>Has its effect, and then never comes to an end.</summary>
    private async Task<HttpResponseMessage> HangAsync(string key, string text, CancellationToken gone)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/notes") { Content = JsonContent.Create(new { text }) };
        request.Headers.Authorization = new("Bearer", notes.Token);
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.Add("Outcome", "hang");

        return await notes.Host.Public.SendAsync(request, gone);
    }
}
