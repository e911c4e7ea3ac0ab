using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.Outbox;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Npgsql;

namespace HardenedService.Tests.Outbox;

/// <summary>The database is killed under writers who repeat, with the same key, what they were not told of.</summary>
public sealed class DatabaseKillTests(MortalPostgres postgres) : IClassFixture<MortalPostgres>
{
    private const int Writers = 50;
    private const int Kills = 2;

    private readonly ConcurrentDictionary<string, int> _acknowledged = new();
    private readonly TestHandler _told = new("told");

    // What a pool holds when the server is killed is dead.
    private string Unpooled => new NpgsqlConnectionStringBuilder(postgres.Database.AdminConnectionString) { Pooling = false }.ConnectionString;

    [Fact]
    [Wall("K8")]
    public async Task What_was_acknowledged_is_there_once_with_its_message_though_the_database_was_killed_among_fifty_writers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await Sql.RunAsync(Unpooled, NoteEndpoints.Schema);
        using var api = ApiHost.Start(postgres.Database.AppConnectionString, settings: ApiHost.DefaultTimeouts, configure: Configure);
        var token = (await api.NewPersonAsync(postgres.Database)).Token;
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(api, token, writer, end.Token)).ToList();

        for (var kill = 0; kill < Kills; kill++)
        {
            await AllWriteAsync();
            await postgres.KillAsync();
            await postgres.StartAsync();
        }

        await AllWriteAsync();
        await end.CancelAsync();
        var refused = (await Task.WhenAll(writers)).Sum();
        Assert.True(refused > 0, "nobody noticed");

        // Whoever was not told at the end repeated until they were: there is nothing but what was acknowledged, once each.
        var stored = await TextsAsync();
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Equal(_acknowledged.Keys.Order(StringComparer.Ordinal), stored);

        // Its message too. What the database did not live to record is delivered again, and says by its id that it is the same.
        await Eventually.HoldsAsync(() => _acknowledged.Keys.All(_told.Delivered.Contains), "all messages");
        await using var admin = await Sql.OpenAsync(Unpooled);
        await Eventually.HoldsAsync(
            async () => await Sql.RunAsync(admin, "select bool_and(delivered_at is not null) from platform.outbox_messages") is true, "all records");
        Assert.Equal((long)stored.Count, await Sql.RunAsync(admin, "select count(*) from platform.outbox_messages"));
    }

    private void Configure(IWebHostBuilder web)
    {
        TestEndpoints.Add(
            v1 => v1.MapPost("/told-notes", async (NoteRequest note, NpgsqlConnection connection, Platform.Outbox.Outbox outbox, CancellationToken cancel) =>
            {
                await using var command = new NpgsqlCommand("insert into notes.notes (id, text) values (gen_random_uuid(), $1)", connection);
                command.Parameters.Add(new() { Value = note.Text });
                await command.ExecuteNonQueryAsync(cancel);
                await outbox.EnqueueAsync("told", note.Text, cancel);

                return TypedResults.NoContent();
            }).RequireIdempotencyKey(),
            "/v1")(web);
        web.ConfigureTestServices(services => services.AddOutboxHandler(_ => _told));
    }

    // From here on, each of the writers has had something acknowledged.
    private Task AllWriteAsync()
    {
        var before = Enumerable.Range(0, Writers).ToDictionary(writer => writer, Count);

        return Eventually.HoldsAsync(() => before.All(writer => Count(writer.Key) > writer.Value), "each writer to be served");

        int Count(int writer) => _acknowledged.Count(note => note.Value == writer);
    }

    // Returns how often it was not told.
    private async Task<int> WriteAsync(ApiHost api, string token, int writer, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var refused = 0;

        while (!end.IsCancellationRequested)
        {
            var note = NotesFixture.New();

            while (!await IsTakenAsync(api, token, note))
            {
                refused++;
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }

            _acknowledged[note] = writer;
        }

        return refused;
    }

    private static async Task<bool> IsTakenAsync(ApiHost api, string token, string note)
    {
        using var answer = await NotesFixture.SendAsync(
            api.Public, token, HttpMethod.Post, "/v1/told-notes", JsonContent.Create(new { text = note }), ("Idempotency-Key", note));
        Assert.True(answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict, $"{answer.StatusCode}");

        return answer.StatusCode == HttpStatusCode.NoContent;
    }

    private async Task<List<string>> TextsAsync()
    {
        await using var connection = await Sql.OpenAsync(Unpooled);
        await using var command = new NpgsqlCommand("select text from notes.notes order by text collate \"C\"", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var texts = new List<string>();

        while (await rows.ReadAsync())
        {
            texts.Add(rows.GetString(0));
        }

        return texts;
    }
}
