using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using HardenedService.Tests.Security;

namespace HardenedService.Tests.Outbox;

/// <summary>What the operator sees of messages, and does to those that are parked.</summary>
public sealed class OutboxCommandTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Messages_are_listed_with_what_became_of_them_and_never_with_what_they_say()
    {
        var (parked, _) = (await ParkAsync("listed"), await ParkAsync("another"));

        var list = await CallAsync("outbox list --parked --kind listed");

        Assert.Equal((0, ""), (list.ExitCode, list.Error));
        var line = list.Output.Split(Environment.NewLine)[0];
        Assert.Matches($@"^{parked}  listed  parked   \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ  attempts 20  Refused\.$", line);
        Assert.EndsWith($"1 message.{Environment.NewLine}", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", list.Output, StringComparison.Ordinal);
        Assert.Contains("There may be more", (await CallAsync("outbox list --limit 1")).Output);
        Assert.Contains("There are none.", (await CallAsync("outbox list --kind unheard-of")).Output);
    }

    [Fact]
    public async Task What_is_tried_again_is_due_at_once_and_counts_its_attempts_anew()
    {
        var (one, two, three) = (await ParkAsync("again"), await ParkAsync("again"), await ParkAsync("apart"));

        Assert.Equal((0, $"{one} is tried again.{Environment.NewLine}", ""), await CallAsync($"outbox retry {one}"));
        Assert.Equal((1, "", $"There is no parked message {one}.{Environment.NewLine}"), await CallAsync($"outbox retry {one}"));
        Assert.Equal((0, $"Messages that are tried again: 1.{Environment.NewLine}", ""), await CallAsync("outbox retry --all --kind again"));
        Assert.Equal((0, $"Messages that are tried again: 0.{Environment.NewLine}", ""), await CallAsync("outbox retry --all --kind again"));

        Assert.Equal(2, await api.ScalarAsync<long>(
            "select count(*) from platform.outbox_messages where id in ($1, $2) and parked_at is null and attempts = 0 and available_at <= now()", one, two));
        Assert.Equal(1, await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where id = $1 and parked_at is not null", three));
    }

    [Fact]
    public async Task What_is_discarded_is_gone_and_nothing_else_can_be()
    {
        var parked = await ParkAsync("gone");

        Assert.Equal((0, $"{parked} is deleted.{Environment.NewLine}", ""), await CallAsync($"outbox discard {parked}"));
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where id = $1", parked));

        var waiting = await ParkAsync("waiting");
        Assert.Equal(0, (await CallAsync($"outbox retry {waiting}")).ExitCode);
        Assert.Equal((1, "", $"There is no parked message {waiting}.{Environment.NewLine}"), await CallAsync($"outbox discard {waiting}"));
    }

    [Theory]
    [InlineData("outbox retry", "Name the id of one message, or say --all")]
    [InlineData("outbox retry 018f2b6e-0000-7000-8000-000000000000 --all", "Name the id of one message, or say --all")]
    [InlineData("outbox retry 018f2b6e-0000-7000-8000-000000000000 --kind mail", "Name the id of one message, or say --all")]
    [InlineData("outbox retry soon", "soon")]
    [InlineData("outbox discard", "discard")]
    [InlineData("outbox list --limit 0", "--limit is a number from 1 to 10000.")]
    [InlineData("outbox list --limit abc", "--limit is a number from 1 to 10000.")]
    [InlineData("outbox", "outbox")]
    public async Task A_wrong_call_says_what_is_wrong(string call, string message)
    {
        var answer = await CallAsync(call);

        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error + answer.Output, StringComparison.OrdinalIgnoreCase);
    }

    private Task<(int ExitCode, string Output, string Error)> CallAsync(string call) => UsersCommandTests.CallAsync(api, call);

    private async Task<Guid> ParkAsync(string kind) => await ParkAsync(api.Database, kind);

    /// <summary>A message of a kind that nobody handles, parked.</summary>
    internal static async Task<Guid> ParkAsync(TestDatabase database, string kind) => (Guid)(await Sql.RunAsync(
        database.AdminConnectionString,
        $"""
        insert into platform.outbox_messages (id, kind, payload, attempts, parked_at, last_error)
        values (gen_random_uuid(), '{kind}', 'canary', 20, now(), 'Refused.')
        returning id
        """))!;
}
