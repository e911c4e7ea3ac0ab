using System.Net;
using System.Text.Json;
using HardenedService.Api.Documents.Reviews;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Outbound;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Tests.Documents;

public sealed class ReviewTests(ReviewFixture world) : IClassFixture<ReviewFixture>
{
    /// <summary>Answers that do not become right by asking again.</summary>
    public static TheoryData<string> BadAnswers =>
    [
        """{"summary":12}""",
        """{"summary":"It begins well, and""",
        "[]",
        "null",
        "{}",
        """{"summary":" \n "}""",
        """{"summary":"a\u0007b"}""",
        """{"summary":"a\u0000b"}""",
        """{"summary":"a\u202eb"}""",
        """{"summary":"a\ud800b"}""",
    ];

    [Fact]
    public async Task A_review_is_asked_for_once_and_comes_after_a_while()
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = ReviewerBehavior.Waits(reached, told.Task, FaultyServer.Json($$"""{"summary":"Good.\r\n{{new string('é', 9_000)}}"}"""));
        var tenant = await world.NewTenantAsync();
        var document = await world.CleanDocumentAsync(tenant, "To be or not to be.");
        var key = $"{Guid.NewGuid()}";

        using var answer = await world.AskAsync(tenant, document, key);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var id = JsonElement.Parse(body).GetProperty("id").GetGuid();
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal($$"""{"id":"{{id}}","status":"pending"}""", body);
        Assert.Equal($"/v1/documents/{document}/reviews/{id}", $"{answer.Headers.Location}");

        await reached.Task;
        using var again = await world.AskAsync(tenant, document, key);
        Assert.Equal(body, await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(body, await (await world.GetReviewAsync(tenant, document, id)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        told.SetResult();
        var ended = await world.EndedAsync(tenant, document, id);
        Assert.Equal(("completed", $"Good.\n{new string('é', 9_000)}"), (ended.GetProperty("status").GetString(), ended.GetProperty("summary").GetString()));
        Assert.False(ended.TryGetProperty("failure", out _));
        var request = Assert.Single(world.RequestsFor(id));
        Assert.Equal(("POST", "/reviews", "To be or not to be."), (request.Method, request.Path, request.Body));
        Assert.Equal(["text/plain"], request.Headers["Content-Type"]);
        Assert.Equal(["Bearer the key of this deployment"], request.Headers["Authorization"]);
    }

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public Task An_answer_that_cannot_be_read_fails_the_review_in_words(string json) => FailsAtOnceAsync(FaultyServer.Json(json), "unreadable_answer");

    [Theory]
    [InlineData(10_001)]
    [InlineData(2_000_000)]
    public Task A_summary_that_is_too_long_fails_the_review_in_words(int length) =>
        FailsAtOnceAsync(FaultyServer.Json($$"""{"summary":"{{new string('x', length)}}"}"""), "unreadable_answer");

    [Fact]
    public Task Another_type_than_JSON_fails_the_review_in_words() =>
        FailsAtOnceAsync(FaultyServer.Whole(200, "Content-Type: text/html\r\n", """{"summary":"Good."}"""), "unreadable_answer");

    [Fact]
    public Task A_document_that_the_reviewer_does_not_take_fails_the_review_in_words() => FailsAtOnceAsync(FaultyServer.Status(422), "document_refused");

    [Theory]
    [InlineData("500")]
    [InlineData("401")]
    [InlineData("429")]
    [InlineData("302")]
    [InlineData("reset")]
    [InlineData("hang")]
    public async Task A_reviewer_that_fails_is_asked_again_with_the_same_key(string failure)
    {
        world.Reviewer.Behavior = ReviewerBehavior.InTurn(ReviewerBehavior.Failure(failure), FaultyServer.Json("""{"summary":"Good after all."}"""));
        var (tenant, document, review) = await world.AskedAsync();

        Assert.Equal("Good after all.", (await world.EndedAsync(tenant, document, review)).GetProperty("summary").GetString());
        Assert.Equal(["A text.", "A text."], world.RequestsFor(review).Select(request => request.Body));
    }

    [Theory]
    [InlineData("503", "reviewer_unavailable")]
    [InlineData("500", "reviewer_failed")]
    [InlineData("401", "reviewer_failed")]
    [InlineData("hang", "reviewer_timeout")]
    public async Task A_reviewer_that_fails_until_the_deadline_fails_the_review_in_words(string failure, string code)
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = ReviewerBehavior.Waits(reached, told.Task, ReviewerBehavior.Failure(failure));
        var (tenant, document, review) = await world.AskedAsync();
        await reached.Task;

        // Past the deadline, and not so far that the sweep comes first.
        await world.SqlAsync($"update documents.reviews set created_at = now() - interval '15 minutes' where id = '{review}'");
        told.SetResult();

        var ended = await world.EndedAsync(tenant, document, review);
        Assert.Equal(("failed", code), (ended.GetProperty("status").GetString(), ended.GetProperty("failure").GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("200")]
    [InlineData("500")]
    [InlineData("422")]
    public async Task A_review_goes_with_its_document_and_is_no_error(string then)
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = ReviewerBehavior.Waits(reached, told.Task, then == "200" ? FaultyServer.Json("""{"summary":"Good."}""") : ReviewerBehavior.Failure(then));
        var (tenant, document, review) = await world.AskedAsync();
        await reached.Task;
        await world.DeleteAsync(tenant, document);
        told.SetResult();

        await world.DeliveredAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetReviewAsync(tenant, document, review)).StatusCode);
        Assert.Equal(0L, await world.SqlAsync($"select count(*) from documents.reviews where id = '{review}'"));
        Assert.Equal("", await world.LastErrorAsync());
        Assert.Single(world.RequestsFor(review));
    }

    [Fact]
    public async Task Two_workers_with_fourteen_copies_of_a_message_make_one_result()
    {
        var count = 0;
        var (reached, first, rest) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = (request, stream, stop) =>
        {
            var number = Interlocked.Increment(ref count);

            return ReviewerBehavior.Waits(reached, number == 2 ? first.Task : rest.Task, FaultyServer.Json($$"""{"summary":"Opinion {{number}}"}"""))(request, stream, stop);
        };
        var (tenant, document, review) = await world.AskedAsync();
        await reached.Task;
        using var other = ApiHost.Start(world.Database.AppConnectionString, settings: world.Settings);

        var copies = Enumerable.Range(0, 14).Select(index => DeliverAsync(index % 2 == 0 ? world.Api : other, tenant.OrganizationId, review)).ToList();
        await Eventually.HoldsAsync(() => world.RequestsFor(review).Count >= 14, "the reviewer to be asked");
        first.SetResult();
        Assert.Equal("Opinion 2", (await world.EndedAsync(tenant, document, review)).GetProperty("summary").GetString());

        rest.SetResult();
        await Task.WhenAll(copies);
        await world.DeliveredAsync();
        await DeliverAsync(world.Api, tenant.OrganizationId, review);
        Assert.Equal("Opinion 2", (await world.EndedAsync(tenant, document, review)).GetProperty("summary").GetString());
    }

    [Fact]
    public async Task Of_a_document_one_review_is_pending_at_a_time()
    {
        var (reached, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.Reviewer.Behavior = ReviewerBehavior.Waits(reached, told.Task, FaultyServer.Json("""{"summary":"Good."}"""));
        var tenant = await world.NewTenantAsync();
        var document = await world.CleanDocumentAsync(tenant);

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => world.AskAsync(tenant, document)));
        var asked = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        Assert.All(answers.Except([asked]), answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));

        told.SetResult();
        await world.EndedAsync(tenant, document, (await asked.JsonAsync()).GetProperty("id").GetGuid());
        await world.EndedAsync(tenant, document, await world.NewReviewAsync(tenant, document));
    }

    [Fact]
    public async Task What_is_not_there_or_not_clean_is_not_reviewed()
    {
        var (tenant, stranger) = (await world.NewTenantAsync(), await world.NewTenantAsync());
        world.Reviewer.Behavior = FaultyServer.Json("""{"summary":"Good."}""");
        var document = await world.CleanDocumentAsync(tenant);
        var review = await world.NewReviewAsync(tenant, document);
        await world.EndedAsync(tenant, document, review);

        Assert.Equal(HttpStatusCode.NotFound, (await world.AskAsync(tenant, Guid.NewGuid())).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await world.AskAsync(stranger, document)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetReviewAsync(stranger, document, review)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetReviewAsync(tenant, Guid.NewGuid(), review)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await world.SendAsync(tenant, HttpMethod.Post, $"/v1/documents/{document}/reviews")).StatusCode);

        foreach (var status in new[] { "scanning", "unscannable" })
        {
            await world.SqlAsync($"update documents.documents set status = '{status}', scanned_at = {(status == "scanning" ? "null" : "now()")} where id = '{document}'");
            Assert.Equal(HttpStatusCode.Conflict, (await world.AskAsync(tenant, document)).StatusCode);
        }
    }

    private async Task FailsAtOnceAsync(Func<ReceivedRequest, Stream, CancellationToken, Task> behavior, string code)
    {
        world.Reviewer.Behavior = behavior;
        var (tenant, document, review) = await world.AskedAsync();
        var ended = await world.EndedAsync(tenant, document, review);

        Assert.Equal(("failed", code), (ended.GetProperty("status").GetString(), ended.GetProperty("failure").GetProperty("code").GetString()));
        Assert.EndsWith(".", ended.GetProperty("failure").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.False(ended.TryGetProperty("summary", out _));
        await Eventually.HoldsAsync(() => world.Log.Records.Any(record => record.Message == $"Review {review} failed: {code}"), "the warning");
        Assert.Single(world.RequestsFor(review));
    }

    private static Task DeliverAsync(ApiHost host, Guid organizationId, Guid reviewId) => host.Services.GetRequiredService<ReviewDelivery>().DeliverAsync(
        Guid.NewGuid(), JsonSerializer.SerializeToUtf8Bytes(new ReviewMessage(organizationId, reviewId)), TestContext.Current.CancellationToken);
}
