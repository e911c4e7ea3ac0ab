using System.Globalization;
using HardenedService.Platform.Outbox;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Npgsql;

namespace HardenedService.Tests.Outbox;

/// <summary>How the database goes about a backlog of 100,000 messages, half of them behind one that hangs, and as many that are delivered.</summary>
public sealed class OutboxPlanTests(PostgresServer postgres) : IAsyncLifetime
{
    // The indexes of what waits alone have more.
    private const int Few = 200;

    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateDatabaseAsync();
        await using var connection = await Sql.OpenAsync(_database.AdminConnectionString);

        foreach (var statement in new[]
        {
            "alter table platform.outbox_messages disable trigger user",
            """
            insert into platform.outbox_messages (id, kind, payload, available_at, delivered_at)
            select gen_random_uuid(), 'quick', case when n % 2 = 0 then decode(repeat('00', 100), 'hex') end, now() - n * interval '1 second', case when n % 2 = 1 then now() end
            from generate_series(1, 100000) n
            """,
            """
            insert into platform.outbox_messages (id, kind, payload, key_hash, place, is_held, locked_by, locked_until)
            select gen_random_uuid(), 'slow', '', sha256('key'), n, n > 1, case when n = 1 then gen_random_uuid() end, case when n = 1 then now() + interval '1 hour' end
            from generate_series(1, 50000) n
            """,
            "alter table platform.outbox_messages enable trigger user",
            "vacuum analyze platform.outbox_messages",
        })
        {
            await Sql.RunAsync(connection, statement);
        }
    }

    [Theory]
    [InlineData("force_generic_plan")]
    [InlineData("force_custom_plan")]
    public async Task A_claim_reads_what_it_takes_and_little_more(string mode)
    {
        await using var connection = await Sql.OpenAsync(_database.AppConnectionString);
        await Sql.RunAsync(connection, $"set plan_cache_mode = {mode}");
        await Sql.RunAsync(connection, $"prepare claim (uuid, text[], integer[], interval[]) as {OutboxQueue.Claim}");

        var (plan, buffers) = await PlanAsync(
            connection, "execute claim (gen_random_uuid(), array['quick', 'slow', 'nothing'], array[4, 4, 4], array[interval '1 minute', interval '1 minute', interval '1 minute'])");

        Assert.Contains("outbox_messages_waiting_idx", plan, StringComparison.Ordinal);
        Assert.Contains("outbox_messages_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        Assert.True(buffers < Few, $"{buffers} pages: {plan}");
    }

    [Fact]
    public async Task A_line_is_joined_and_left_without_reading_it()
    {
        await using var connection = await Sql.OpenAsync(_database.AppConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);

        const string enqueue = "insert into platform.outbox_messages (id, kind, payload, key_hash) values (gen_random_uuid(), 'slow', '', sha256('key'))";

        // The first call of a connection reads the catalog as well.
        await Sql.RunAsync(connection, enqueue);
        var (join, joining) = await PlanAsync(connection, enqueue);
        var (leave, leaving) = await PlanAsync(
            connection, "update platform.outbox_messages set delivered_at = now() where key_hash = sha256('key') and place = 1 and delivered_at is null");

        Assert.True(joining < Few, $"{joining} pages: {join}");
        Assert.True(leaving < Few, $"{leaving} pages: {leave}");
        Assert.False((bool)(await Sql.RunAsync(connection, "select is_held from platform.outbox_messages where key_hash = sha256('key') and place = 2"))!);
    }

    [Fact]
    public async Task What_is_measured_is_read_from_the_indexes()
    {
        await using var connection = await Sql.OpenAsync(_database.AppConnectionString);

        var (plan, _) = await PlanAsync(connection, OutboxMonitor.Measure);

        Assert.Contains("Index Only Scan using outbox_messages_waiting_idx", plan, StringComparison.Ordinal);
        Assert.Contains("outbox_messages_parked_idx", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<(string Plan, int Buffers)> PlanAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand($"explain (analyze, buffers, timing off) {statement}", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();

        while (await rows.ReadAsync())
        {
            lines.Add(rows.GetString(0));
        }

        // Those of the topmost node, which hold those of all below.
        var buffers = lines.FirstOrDefault(line => line.TrimStart().StartsWith("Buffers: shared ", StringComparison.Ordinal)) ?? "";
        var pages = buffers.Split(' ')
            .Where(word => word.StartsWith("hit=", StringComparison.Ordinal) || word.StartsWith("read=", StringComparison.Ordinal))
            .Sum(word => int.Parse(word.AsSpan(word.IndexOf('=', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture));

        return (string.Join('\n', lines), pages);
    }
}
