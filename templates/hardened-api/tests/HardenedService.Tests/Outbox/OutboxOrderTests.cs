using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using HardenedService.Platform.Data;
using HardenedService.Platform.Outbox;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Outbox;

public sealed class OutboxOrderTests(OutboxFixture outbox) : IClassFixture<OutboxFixture>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await outbox.ResetAsync();

    [Fact]
    public async Task Of_one_key_messages_are_delivered_one_at_a_time_in_the_order_of_commits()
    {
        const int writers = 14;
        const int each = 10;
        var atOnce = new ConcurrentDictionary<string, int>();
        var together = 0;
        outbox.Quick.Deliver = async (text, cancel) =>
        {
            var key = text.Split('.')[0];

            if (atOnce.AddOrUpdate(key, 1, (_, count) => count + 1) > 1)
            {
                Interlocked.Increment(ref together);
            }

            await Task.Delay(1, cancel);
            atOnce.AddOrUpdate(key, 0, (_, count) => count - 1);
        };
        using var second = outbox.Start();

        // Each writer knows the order of its own commits.
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var number = 0; number < each; number++)
            {
                await outbox.EnqueueInOrderAsync("quick", $"key {writer % 3}", $"key {writer % 3}.{writer}.{number}", writer % 2 == 0 ? second : null);
            }
        }));
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == writers * each, "all deliveries");

        Assert.Equal(0, together);
        Assert.Equal(writers * each, outbox.Quick.Begun.Distinct().Count());
        Assert.All(
            outbox.Quick.Delivered.GroupBy(text => text.Split('.')[1]),
            ofWriter => Assert.Equal(Enumerable.Range(0, each), ofWriter.Select(text => int.Parse(text.Split('.')[2], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task Whoever_commits_first_goes_first_whoever_began_first()
    {
        await using var first = outbox.Host.Services.CreateAsyncScope();
        await using var transaction = await BeginAsync(first);
        await AddAsync(first, "first");
        var second = outbox.EnqueueInOrderAsync("quick", "key", "second");
        await outbox.EnqueueInOrderAsync("quick", "another key", "another");
        await outbox.HoldsAsync(
            "select exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()))",
            "the second one to wait");
        Assert.False(second.IsCompleted);

        await transaction.CommitAsync();
        await second;
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 3, "all three");
        Assert.Equal(["first", "second"], outbox.Quick.Delivered.Where(text => text != "another"));
    }

    [Fact]
    public async Task A_transaction_that_adds_to_a_key_and_takes_its_time_holds_up_no_delivery()
    {
        await outbox.EnqueueInOrderAsync("quick", "key", "first");
        await Eventually.HoldsAsync(() => outbox.Quick.Begun.Count == 1, "the first");

        await using (var scope = outbox.Host.Services.CreateAsyncScope())
        {
            outbox.Quick.Deliver = (text, _) => text == "refused once" && outbox.Quick.Begun.Count(begun => begun == text) == 1
                ? throw new DeliveryException("Not now.")
                : Task.CompletedTask;
            await outbox.EnqueueInOrderAsync("quick", "key", "refused once");
            await using var transaction = await BeginAsync(scope);
            await AddAsync(scope, "last");

            // The one before it is delivered, and recorded, while the transaction is open and holds its place.
            await outbox.HoldsAsync("select count(*) = 2 and bool_and(delivered_at is not null) from platform.outbox_messages", "the two before it");
            await transaction.CommitAsync();
        }

        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 3, "the last one");
        Assert.Equal(["first", "refused once", "last"], outbox.Quick.Delivered);
    }

    [Fact]
    public async Task A_message_that_was_rolled_back_holds_up_nobody()
    {
        await using (var scope = outbox.Host.Services.CreateAsyncScope())
        {
            await using var transaction = await BeginAsync(scope);
            await AddAsync(scope, "never");
        }

        await outbox.EnqueueInOrderAsync("quick", "key", "after it");
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 1, "the delivery");
    }

    [Fact]
    [Wall("K9")]
    public async Task A_poison_message_holds_up_its_own_key_alone_until_it_is_discarded()
    {
        outbox.Fragile.Deliver = (text, _) => text == "poison" ? throw new DeliveryException("Poison.") : Task.CompletedTask;
        await outbox.EnqueueInOrderAsync("fragile", "key", "poison");
        await outbox.EnqueueInOrderAsync("fragile", "key", "behind it");
        await outbox.EnqueueInOrderAsync("fragile", "another key", "beside it");
        await outbox.HoldsAsync("select bool_or(parked_at is not null) from platform.outbox_messages", "the poison to be parked");
        await Eventually.HoldsAsync(() => outbox.Fragile.Delivered.Count == 1, "the other key");
        Assert.Equal(["poison", "poison"], outbox.Fragile.Begun.Where(text => text != "beside it"));

        Assert.Equal(1L, await Sql.RunAsync(
            outbox.Database.OperatorConnectionString, "with gone as (delete from platform.outbox_messages where parked_at is not null returning 1) select count(*) from gone"));
        await Eventually.HoldsAsync(() => outbox.Fragile.Delivered.Contains("behind it"), "the one behind it");
    }

    [Fact]
    public async Task An_order_is_refused_to_a_transaction_that_would_not_see_who_is_before_it()
    {
        await using var connection = await Sql.OpenAsync(outbox.Database.AppConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.RunAsync(
            connection, "insert into platform.outbox_messages (id, kind, payload, key_hash) values (gen_random_uuid(), 'quick', '', sha256(''))"));
        Assert.Equal(PostgresErrorCodes.FeatureNotSupported, refusal.SqlState);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task<DatabaseTransaction> BeginAsync(AsyncServiceScope scope) =>
        scope.ServiceProvider.GetRequiredService<UnitOfWork>().BeginAsync(TestContext.Current.CancellationToken);

    private static Task AddAsync(AsyncServiceScope scope, string text) =>
        scope.ServiceProvider.GetRequiredService<Platform.Outbox.Outbox>().EnqueueInOrderAsync("quick", "key", text, TestContext.Current.CancellationToken);
}
