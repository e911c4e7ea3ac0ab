using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Idempotency;

/// <summary>Key, effect and answer are one transaction: whoever dies when, there is one effect after the retries.</summary>
[Wall("H2")]
public sealed class IdempotencyCrashTests(NotesFixture notes) : IClassFixture<NotesFixture>
{
    [Fact]
    public async Task An_API_killed_between_effect_and_commit_leaves_nothing_behind()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        using (var api = StartApi())
        {
            using var client = await ClientAsync(api);
            var call = AddAsync(client, key, text, ("Outcome", "hang"));
            await notes.HoldsTransactionAsync();
            await api.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => call);
        }

        await Eventually.HoldsAsync(async () => (await notes.AddAsync(key, text)).StatusCode == HttpStatusCode.Created, "the retry on another replica");
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Fact]
    public async Task An_API_killed_between_commit_and_answer_has_its_answer_replayed()
    {
        var (key, text) = (NotesFixture.New(), NotesFixture.New());

        using (var api = StartApi())
        {
            using var client = await ClientAsync(api);
            var call = AddAsync(client, key, text, ("Hold", "answer"));
            await Eventually.HoldsAsync(async () => await notes.CountAsync(text) == 1, "the effect to be committed");
            await api.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => call);
        }

        var retry = await notes.AddAsync(key, text);
        Assert.Equal(HttpStatusCode.Created, retry.StatusCode);
        Assert.Equal(["true"], retry.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(1, await notes.CountAsync(text));
    }

    [Fact]
    public async Task A_hundred_and_one_posts_with_one_key_have_one_effect_though_the_database_is_killed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        var server = new PostgresServer();

        try
        {
            await server.InitializeAsync();
            await using var killed = new NotesFixture(server);
            await killed.InitializeAsync();

            for (var round = 0; round < 4; round++)
            {
                var (key, text) = (NotesFixture.New(), NotesFixture.New());
                var posts = Enumerable.Range(0, 101).Select(_ => killed.AddAsync(key, text, "slow")).ToList();

                // In the middle of the handler, or some time around the commit; a busy machine may show the handler only once it is through.
                await Eventually.HoldsAsync(
                    async () => await killed.IsActiveAsync("select pg_sleep%") || await killed.CountAsync(text) == 1, "the handler to be at work");
                await Task.Delay(round * 70);
                await KillServerAsync(killed);
                await Task.WhenAll(posts);

                await Eventually.HoldsAsync(
                    async () => (await killed.AddAsync(key, text)).StatusCode == HttpStatusCode.Created, "a retry to succeed");
                Assert.Equal(1, await killed.CountAsync(text));

                // Whoever was told of a success was told of this one.
                var stored = await (await killed.AddAsync(key, text)).Content.ReadAsStringAsync();

                foreach (var answer in posts.Select(post => post.Result).Where(answer => answer.IsSuccessStatusCode))
                {
                    Assert.Equal(stored, await answer.Content.ReadAsStringAsync());
                }
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    // A server process that dies by SIGKILL takes all others with it, and the database recovers from its log as after a crash.
    private static async Task KillServerAsync(NotesFixture killed)
    {
        await using var witness = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(killed.AdminConnectionString) { Pooling = false }.ConnectionString);
        await witness.OpenAsync();
        var victim = await killed.People.ScalarAsync<int>(
            "select pid from pg_stat_activity where datname = current_database() and usename <> current_user limit 1");
        using var kill = Process.Start("kill", ["-KILL", victim.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await Eventually.HoldsAsync(async () => !await AnswersAsync(witness), "the server to end every connection");

        // What this test itself had in its pool is dead.
        await using var pooled = new NpgsqlConnection(killed.AdminConnectionString);
        NpgsqlConnection.ClearPool(pooled);
    }

    private static async Task<bool> AnswersAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            return false;
        }
    }

    private ApiProgram StartApi() => ApiProgram.StartWithTests(
        [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), ("Database:ConnectionString", notes.People.Database.AppConnectionString)]);

    private static async Task<HttpClient> ClientAsync(ApiProgram api) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri((await api.AddressesAsync())[0]) };

    private Task<HttpResponseMessage> AddAsync(HttpClient client, string key, string text, (string, string?) header) => NotesFixture.SendAsync(
        client, notes.Token, HttpMethod.Post, "/v1/notes", JsonContent.Create(new { text }), ("Idempotency-Key", key), header);
}
