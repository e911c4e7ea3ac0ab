using System.Globalization;
using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

/// <summary>Uploads whose process is killed, and those of somebody who sends too many.</summary>
public sealed class UploadCrashTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int Crowd = 14;

    [Fact]
    [Wall("H2")]
    [Wall("H3")]
    public async Task However_an_API_was_killed_among_uploads_each_key_has_one_document_after_its_retry()
    {
        var owner = await api.NewOwnerAsync();

        for (var round = 1; round <= 3; round++)
        {
            var keys = Enumerable.Range(0, Crowd).Select(_ => NotesFixture.New()).ToList();

            using (var killed = ApiProgram.StartOn(api.Database, ("Mail:Port", "1")))
            {
                using var client = new HttpClient { BaseAddress = new Uri((await killed.AddressesAsync())[0]) };
                var uploads = keys.Select(key => UploadAsync(client, owner, key)).ToList();

                // Some are answered, some committed, some are at it, some are still arriving.
                await Eventually.HoldsAsync(async () => await CountAsync("documents", owner) > (round - 1) * Crowd, "the first upload");
                await killed.KillAsync();
                await Task.WhenAll(uploads.Select(upload => upload.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default)));
            }

            foreach (var key in keys)
            {
                // Until the database has noticed that the holder of the key is dead, it is in progress.
                await Eventually.HoldsAsync(
                    async () => (await UploadAsync(api.Client, owner, key)).StatusCode == HttpStatusCode.Created, "the retry");
            }

            Assert.Equal(round * Crowd, await CountAsync("documents", owner));
            Assert.Equal(round * Crowd, await api.ScalarAsync<long>(
                "select count(*) from documents.files where organization_id = $1 and expires_at is null", owner.OrganizationId));
        }
    }

    [Fact]
    [Wall("H5")]
    public async Task Who_uploads_too_much_is_told_when_to_come_back_and_others_are_not_held_up()
    {
        using var host = api.StartAnother(new Dictionary<string, string> { ["RateLimits:PerUser:Burst"] = "3", ["RateLimits:PerUser:PerMinute"] = "1" });
        var (owner, other) = (await api.NewOwnerAsync(), await api.NewOwnerAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => UploadAsync(host.Public, owner, NotesFixture.New())));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.Created), refused =>
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.InRange(int.Parse(Assert.Single(refused.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 1, 60);
        });
        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(host.Public, other, NotesFixture.New())).StatusCode);
    }

    private static Task<HttpResponseMessage> UploadAsync(HttpClient client, StoredMember owner, string key) => NotesFixture.SendAsync(
        client, owner.Token, HttpMethod.Post, DocumentCalls.Path, DocumentCalls.Form([.. DocumentCalls.Pdf, .. new byte[300_000]]), ("Idempotency-Key", key));

    private Task<long> CountAsync(string table, StoredMember owner) =>
        api.ScalarAsync<long>($"select count(*) from documents.{table} where organization_id = $1", owner.OrganizationId);
}
