using System.Net;
using HardenedService.Platform.RateLimiting;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.RateLimiting;

public sealed class AttemptLimiterTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly AttemptLimit Five = new() { Attempts = 5, Window = TimeSpan.FromMinutes(5) };

    [Fact]
    public async Task Of_many_attempts_at_once_in_overlapping_windows_none_is_too_many_and_none_waits_in_a_circle()
    {
        using var other = api.StartAnother();
        AttemptLimiter[] limiters = [Limiter(api.Api), Limiter(other)];

        for (var round = 0; round < 10; round++)
        {
            var (one, two) = (New(), New());
            var attempts = await Task.WhenAll(Enumerable.Range(0, 28).Select(i => limiters[i % 2].ReserveAsync(i % 3 == 0 ? [one, two] : [two, one], CancellationToken.None)));

            Assert.Equal(5, attempts.Count(attempt => !attempt.IsRefused));
            Assert.Equal(5, await CountAsync(one));
            Assert.Equal(5, await CountAsync(two));
        }
    }

    [Fact]
    public async Task A_full_window_takes_nothing_from_the_others_however_many_come_at_once()
    {
        var (full, roomy) = (New(), New() with { Limit = new() { Attempts = 1000, Window = TimeSpan.FromMinutes(1) } });

        await Task.WhenAll(Enumerable.Range(0, 28).Select(_ => Limiter(api.Api).ReserveAsync([roomy, full], CancellationToken.None)));

        Assert.Equal(5, await CountAsync(full));
        Assert.Equal(5, await CountAsync(roomy));
    }

    [Fact]
    public async Task An_attempt_of_a_former_window_is_not_given_back_to_the_next()
    {
        var window = New();
        var former = await Limiter(api.Api).ReserveAsync([window], CancellationToken.None);
        await Sql.RunAsync(api.Database.AdminConnectionString, "update platform.attempt_windows set ends_at = now()");
        await Limiter(api.Api).ReserveAsync([window], CancellationToken.None);

        await former.GiveBackAsync();

        Assert.Equal(1, await CountAsync(window));
    }

    [Fact]
    public async Task Work_that_breaks_off_counts_as_no_attempt()
    {
        var window = New();
        var attempt = await Limiter(api.Api).ReserveAsync([window], CancellationToken.None);

        await Assert.ThrowsAsync<TimeoutException>(() => attempt.RunAsync(() => Task.FromException<bool>(new TimeoutException())));

        Assert.Equal(0, await CountAsync(window));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_not_waited_for_once_more_to_give_an_attempt_back()
    {
        var window = New();
        var attempt = await Limiter(api.Api).ReserveAsync([window], CancellationToken.None);
        Exception[] failures = [new NpgsqlException(), new InvalidOperationException("As EF Core wraps it.", new NpgsqlException())];

        foreach (var failure in failures)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => attempt.RunAsync(() => Task.FromException<bool>(failure)));
        }

        Assert.Equal(1, await CountAsync(window));
    }

    [Fact]
    public async Task Windows_that_have_ended_are_swept()
    {
        var (ended, current) = (New(), New());
        await Limiter(api.Api).ReserveAsync([ended], CancellationToken.None);
        await Sql.RunAsync(api.Database.AdminConnectionString, "update platform.attempt_windows set ends_at = now()");
        await Limiter(api.Api).ReserveAsync([current], CancellationToken.None);

        using var sweeping = api.StartAnother(new Dictionary<string, string> { ["Sweeps:Interval"] = "00:00:00.050" });

        await Eventually.HoldsAsync(async () => await CountAsync(ended) == -1, "the ended window to go");
        Assert.Equal(1, await CountAsync(current));
    }

    [Fact]
    [Wall("A8")]
    public async Task While_the_store_refuses_each_replica_holds_the_limits_by_itself()
    {
        using var host = api.StartAnother(ApiHost.DefaultLimits);
        var (email, _) = await host.NewPersonAsync(api.Database);
        await Sql.RunAsync(api.Database.AdminConnectionString, "alter table platform.attempt_windows rename to lost");

        try
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(HttpStatusCode.Unauthorized, (await host.SignInAsync(email, "a wrong password", CallsFrom.NewNetwork())).StatusCode);
            }

            var refused = await host.SignInAsync(email, People.Password, CallsFrom.NewNetwork());
            await Problem.IsAsync(refused, HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
            Assert.Contains("app_rate_limit_refusals_total{limit=\"sign_ins_account\"} 1\n", await host.Management.GetStringAsync("/metrics"), StringComparison.Ordinal);
        }
        finally
        {
            await Sql.RunAsync(api.Database.AdminConnectionString, "alter table platform.lost rename to attempt_windows");
        }
    }

    [Fact]
    public async Task Windows_of_a_replica_alone_end_and_give_back_as_those_of_the_database_do()
    {
        var clock = new MovedClock();
        var local = new LocalAttempts(clock);
        var (window, roomy) = (New(), New() with { Limit = new() { Attempts = 6, Window = TimeSpan.FromHours(1) } });
        var attempts = Enumerable.Range(0, 7).Select(_ => local.Reserve([roomy, window])).ToList();

        Assert.Equal(5, attempts.Count(attempt => !attempt.IsRefused));
        Assert.Equal(TimeSpan.FromMinutes(5), attempts[^1].RetryAfter);
        Assert.False(local.Reserve([roomy]).IsRefused);
        await attempts[0].GiveBackAsync();
        Assert.False(local.Reserve([window]).IsRefused);
        Assert.True(local.Reserve([window]).IsRefused);
        clock.Move(TimeSpan.FromMinutes(5));
        Assert.False(local.Reserve([window]).IsRefused);
    }

    private static AttemptLimiter Limiter(ApiHost host) => host.Services.GetRequiredService<AttemptLimiter>();

    private static AttemptWindow New() => new("test", $"{Guid.NewGuid()}", Five);

    private async Task<int> CountAsync(AttemptWindow window) =>
        await api.ScalarAsync<int>("select coalesce((select attempts from platform.attempt_windows where id = $1), -1)", window.Id);

    private sealed class MovedClock : TimeProvider
    {
        private long _ticks = 1_000_000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Move(TimeSpan time) => _ticks += time.Ticks;
    }
}
