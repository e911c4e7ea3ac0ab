using System.Diagnostics;
using HardenedService.Platform.Security;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Security;

/// <summary>Many ask at once, and the database is slow, or gone, or does not answer.</summary>
public sealed class SessionLookupTests(SessionLookupFixture sessions) : IClassFixture<SessionLookupFixture>
{
    private const int Lanes = SessionLookupFixture.Lanes;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_of_ten_thousand_who_wait_gets_the_session_of_their_own_token_in_a_few_statements()
    {
        await using var lookup = sessions.NewLookup();
        await using var hold = await sessions.HoldAsync();
        await sessions.OccupyAsync(lookup.Value);
        List<Task<Session?>> answers = [.. Enumerable.Range(0, 10_000).Select(n => lookup.Value.FindAsync(TokenOf(n), Cancel))];

        await hold.ReleaseAsync();
        var found = await Task.WhenAll(answers);

        // Every second token belongs to a session.
        Assert.All(found.Index(), answer => Assert.Equal(answer.Index % 2 == 0 ? SessionLookupFixture.IdOf(answer.Index % SessionLookupFixture.Tokens) : null, answer.Item?.Id));

        // The lanes share what is there: the last batch of each may be a part of one.
        Assert.InRange(lookup.Statements, Lanes + (10_000 / 1000), (2 * Lanes) + (10_000 / 1000));
    }

    [Fact]
    public async Task Who_comes_alone_waits_for_nobody()
    {
        await using var lookup = sessions.NewLookup();

        for (var n = 0; n < 20; n++)
        {
            Assert.NotNull(await lookup.Value.FindAsync(TokenOf(0), Cancel));
        }

        Assert.Equal(20, lookup.Statements);
    }

    [Fact]
    public async Task A_batch_whose_connection_dies_fails_alone_and_the_next_one_is_answered()
    {
        await using var lookup = sessions.NewLookup();
        await using var hold = await sessions.HoldAsync();
        var first = await sessions.OccupyAsync(lookup.Value);
        List<Task<Session?>> second = [.. Enumerable.Range(0, 50).Select(_ => lookup.Value.FindAsync(TokenOf(0), Cancel))];

        await sessions.TerminateBlockedAsync();

        foreach (var answer in first)
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => answer);
        }

        await hold.ReleaseAsync();
        Assert.All(await Task.WhenAll(second), session => Assert.NotNull(session));
    }

    [Fact]
    public async Task Connections_that_died_while_idle_cost_no_more_than_one_failure_each()
    {
        await using var lookup = sessions.NewLookup();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => lookup.Value.FindAsync(TokenOf(0), Cancel)));
        await sessions.TerminateAsync(lookup.Name);

        var failures = 0;

        for (var n = 0; n < 20; n++)
        {
            try
            {
                Assert.NotNull(await lookup.Value.FindAsync(TokenOf(0), Cancel));
            }
            catch (NpgsqlException)
            {
                failures++;
            }
        }

        Assert.InRange(failures, 0, Lanes);
    }

    [Fact]
    public async Task Who_cannot_wait_any_longer_leaves_at_once_and_the_others_are_answered()
    {
        await using var lookup = sessions.NewLookup();
        await using var hold = await sessions.HoldAsync();
        using var gone = new CancellationTokenSource();
        var blocked = await sessions.OccupyAsync(lookup.Value);
        var leaving = lookup.Value.FindAsync(TokenOf(2), gone.Token);
        var staying = lookup.Value.FindAsync(TokenOf(4), Cancel);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await hold.ReleaseAsync();
        Assert.NotNull(await staying);
        Assert.All(await Task.WhenAll(blocked), session => Assert.NotNull(session));
    }

    [Fact]
    [Wall("B15")]
    public async Task A_database_that_does_not_answer_is_given_up_on_after_a_bounded_wait()
    {
        await using var lookup = sessions.NewLookup(seconds: 0.5);
        await using var hold = await sessions.HoldAsync();
        var begun = Stopwatch.StartNew();

        // More than one statement takes, and all of them at once: nobody waits for those before.
        var answers = Enumerable.Range(0, 3000).Select(_ => lookup.Value.FindAsync(TokenOf(0), Cancel)).ToList();

        foreach (var answer in answers)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => answer);
        }

        Assert.InRange(begun.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        await hold.ReleaseAsync();
        await Eventually.HoldsAsync(async () => await TryAsync(lookup.Value), "an answer after the database is back");
    }

    [Fact]
    [Wall("B16")]
    public async Task Use_is_noted_by_one_of_many_and_not_again_within_a_minute()
    {
        await using var lookup = sessions.NewLookup();
        await Sql.RunAsync(sessions.Database.AdminConnectionString, "update identity.sessions set last_seen_at = now() - interval '61 seconds'");

        await Task.WhenAll(Enumerable.Range(0, 500).Select(n => lookup.Value.FindAsync(TokenOf(n), Cancel)));
        await Eventually.HoldsAsync(async () => await SeenAsync() == SessionLookupFixture.Tokens / 2, "all sessions are noted");
        var noted = await Sql.RunAsync(sessions.Database.AdminConnectionString, "select string_agg(xmin::text, ' ' order by id) from identity.sessions");
        await Task.WhenAll(Enumerable.Range(0, 500).Select(n => lookup.Value.FindAsync(TokenOf(n), Cancel)));

        Assert.Equal(noted, await Sql.RunAsync(sessions.Database.AdminConnectionString, "select string_agg(xmin::text, ' ' order by id) from identity.sessions"));
    }

    [Fact]
    [Wall("B16")]
    public async Task No_index_holds_the_time_of_last_use() => Assert.Equal(0L, await Sql.RunAsync(
        sessions.Database.AdminConnectionString,
        """
        select count(*)
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indrelid = 'identity.sessions'::regclass
          and a.attname = 'last_seen_at'
        """));

    private static string TokenOf(int n) => SessionLookupFixture.TokenOf(n % SessionLookupFixture.Tokens);

    private static async Task<bool> TryAsync(SessionLookup lookup)
    {
        try
        {
            return await lookup.FindAsync(TokenOf(0), Cancel) is not null;
        }
        catch (Exception exception) when (exception is TimeoutException or NpgsqlException)
        {
            return false;
        }
    }

    private async Task<long> SeenAsync() => (long)(await Sql.RunAsync(
        sessions.Database.AdminConnectionString, "select count(*) from identity.sessions where last_seen_at > now() - interval '1 minute'"))!;
}
