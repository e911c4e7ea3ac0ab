using System.Globalization;
using HardenedService.Platform.Outbox;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HardenedService.Tests.Outbox;

public sealed class OutboxDeliveryTests(OutboxFixture outbox) : IClassFixture<OutboxFixture>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await outbox.ResetAsync();

    [Fact]
    public async Task A_kind_that_hangs_holds_up_no_other_and_no_more_hang_than_it_states()
    {
        var release = new TaskCompletionSource();
        outbox.Slow.Deliver = (_, cancel) => release.Task.WaitAsync(cancel);
        await outbox.EnqueueAsync("slow", Numbers(20));
        await Eventually.HoldsAsync(() => outbox.Slow.Begun.Count == OutboxFixture.SlowPlaces, "the slow ones to begin");

        await outbox.EnqueueAsync("quick", Numbers(100));
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 100, "the quick ones");

        Assert.Equal(OutboxFixture.SlowPlaces, outbox.Slow.Begun.Count);
        Assert.Equal(OutboxFixture.SlowPlaces, outbox.Slow.MostAtOnce);
        Assert.InRange(outbox.Quick.MostAtOnce, 1, new OutboxOptions().Concurrency);

        // What waits for its turn is nobody's, so that no lease runs out meanwhile.
        Assert.Equal(20L - OutboxFixture.SlowPlaces, await outbox.ScalarAsync<long>(
            "select count(*) from platform.outbox_messages where kind = 'slow' and locked_by is null and attempts = 0"));

        release.SetResult();
        await Eventually.HoldsAsync(() => outbox.Slow.Delivered.Count == 20, "the slow ones");
        Assert.Equal(OutboxFixture.SlowPlaces, outbox.Slow.MostAtOnce);
    }

    [Theory]
    [InlineData("01:00:00", "59 minutes", "61 minutes")]
    [InlineData("10000.00:00:00", "23 hours 59 minutes", "24 hours 1 minute")]
    public async Task A_failure_that_says_when_to_come_back_is_tried_again_no_earlier(string retryAfter, string least, string most)
    {
        outbox.Quick.Deliver = (_, _) => throw new DeliveryException("Too much.") { RetryAfter = TimeSpan.Parse(retryAfter, CultureInfo.InvariantCulture) };
        await outbox.EnqueueAsync("quick", "later");

        await outbox.HoldsAsync("select last_error = 'Too much.' from platform.outbox_messages", "the attempt");
        Assert.True(await outbox.ScalarAsync<bool>(
            $"select available_at - now() between interval '{least}' and interval '{most}' and attempts = 1 from platform.outbox_messages"));
    }

    [Fact]
    [Wall("K9")]
    public async Task A_poison_message_is_parked_after_the_attempts_that_its_kind_states_and_holds_up_nobody()
    {
        outbox.Fragile.Deliver = (text, _) => text == "poison" ? throw new InvalidDataException("secret") : Task.CompletedTask;
        await outbox.EnqueueAsync("fragile", ["poison", .. Numbers(20)]);

        await Eventually.HoldsAsync(() => outbox.Fragile.Delivered.Count == 20, "the others");
        await outbox.HoldsAsync("select bool_or(parked_at is not null) from platform.outbox_messages", "the poison to be parked");
        Assert.Equal("2 InvalidDataException True", await outbox.ScalarAsync<string>(
            "select format('%s %s %s', attempts, last_error, initcap((payload is not null)::text)) from platform.outbox_messages where parked_at is not null"));
    }

    [Fact]
    [Wall("K9")]
    public async Task A_message_that_kills_every_worker_is_parked()
    {
        outbox.Fragile.Deliver = (_, _) => throw new InvalidOperationException("It is not to be tried again.");

        // As it was left by the last of them.
        await Sql.RunAsync(outbox.Database.AdminConnectionString, $"""
            insert into platform.outbox_messages (id, kind, payload, attempts, locked_by, locked_until)
            values (gen_random_uuid(), 'fragile', '', {OutboxFixture.FragileAttempts}, gen_random_uuid(), now())
            """);

        await outbox.HoldsAsync("select parked_at is not null and last_error = 'No attempt came to an end.' from platform.outbox_messages", "the message to be parked");
        Assert.Empty(outbox.Fragile.Begun);
    }

    [Fact]
    public async Task A_delivery_that_takes_too_long_is_given_up_and_tried_again()
    {
        outbox.Fragile.Deliver = (_, cancel) => outbox.Fragile.Begun.Count == 1 ? Task.Delay(Timeout.Infinite, cancel) : Task.CompletedTask;
        await outbox.EnqueueAsync("fragile", "slow at first");

        await outbox.HoldsAsync("select delivered_at is not null and attempts = 2 from platform.outbox_messages", "the second attempt");
    }

    [Fact]
    public async Task A_commit_wakes_the_worker_of_its_own_process()
    {
        var own = new TestHandler("own");
        using var host = outbox.Start(own, ("Outbox:PollInterval", "00:01:00"));

        // The worker looked once when it started; each time it is waited for half as long as it would sleep.
        for (var count = 1; count <= 3; count++)
        {
            await outbox.InTransactionAsync(box => box.EnqueueAsync("own", "now", TestContext.Current.CancellationToken), host);
            await Eventually.HoldsAsync(() => own.Delivered.Count == count, "the delivery");
        }
    }

    [Fact]
    public async Task At_shutdown_what_is_being_delivered_may_finish_and_what_hangs_is_handed_back_at_once()
    {
        var own = new TestHandler("own");
        var stopping = new TaskCompletionSource();
        own.Deliver = (text, cancel) => text == "finishes" ? stopping.Task : Task.Delay(Timeout.Infinite, cancel);

        using (var host = outbox.Start(own, ("Shutdown:Timeout", "00:00:02")))
        {
            await outbox.EnqueueAsync("own", "finishes", "hangs");
            await Eventually.HoldsAsync(() => own.Begun.Count == 2, "both to begin");
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        }

        Assert.Equal(["finishes"], own.Delivered);
        Assert.Equal(1, await outbox.ScalarAsync<long>("select count(*) from platform.outbox_messages where delivered_at is not null"));
        Assert.Equal(1, await outbox.ScalarAsync<long>(
            "select count(*) from platform.outbox_messages where delivered_at is null and attempts = 0 and locked_by is null and available_at <= now()"));
    }

    [Fact]
    public async Task What_cannot_be_recorded_at_once_is_recorded_later_and_not_delivered_again()
    {
        await using var holder = await Sql.OpenAsync(outbox.Database.AdminConnectionString);
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        outbox.Quick.Deliver = (_, _) =>
        {
            begun.SetResult();
            return release.Task;
        };
        await outbox.EnqueueAsync("quick", "once");
        await begun.Task;

        // The table is out of the worker's reach, as the database would be, for as long as a pass or two.
        await Sql.RunAsync(holder, "revoke update on platform.outbox_messages from hardened_service_app");
        release.SetResult();
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 1, "the delivery");
        Assert.True(await outbox.ScalarAsync<bool>("select locked_by is not null from platform.outbox_messages"));
        await Sql.RunAsync(holder, "grant update on platform.outbox_messages to hardened_service_app");

        await outbox.HoldsAsync("select delivered_at is not null and attempts = 1 from platform.outbox_messages", "the record");
        Assert.Single(outbox.Quick.Begun);
    }

    [Fact]
    public async Task A_kind_that_nobody_here_handles_is_left_to_a_replica_that_does()
    {
        await outbox.EnqueueAsync("of the next release", "news");
        await outbox.EnqueueAsync("quick", "another");
        await Eventually.HoldsAsync(() => outbox.Quick.Delivered.Count == 1, "the other one");

        Assert.True(await outbox.ScalarAsync<bool>(
            "select attempts = 0 and parked_at is null and locked_by is null from platform.outbox_messages where kind = 'of the next release'"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(number => $"{number}")];
}
