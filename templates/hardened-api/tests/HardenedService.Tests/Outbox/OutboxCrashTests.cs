using System.Net;
using System.Net.Http.Json;
using HardenedService.Dev.Mail;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Outbox;

/// <summary>Processes that are killed with a message in their hands, or with one that they have not come to yet.</summary>
public sealed class OutboxCrashTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.CreateDatabaseAsync();

    [Fact]
    [Wall("K9")]
    public async Task What_a_killed_worker_held_is_delivered_by_another_after_its_lease_and_not_before()
    {
        await using var silent = new SmtpServer { IsSilent = true };

        using (var worker = Start(silent.Port, ("Outbox:DeliveryTimeout", "00:00:04"), ("Outbox:LeaseMargin", "00:00:01")))
        {
            await RegisterAsync(worker, "ada@example.org");
            await HoldsAsync("select locked_by is not null from platform.outbox_messages", "the worker to be at it");
            await worker.KillAsync();
        }

        Assert.True(await IsAsync("select delivered_at is null and locked_by is not null from platform.outbox_messages"));
        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var second = ApiHost.Start(_database.AppConnectionString, mails.SmtpPort);
        await Sql.RunAsync(_database.AdminConnectionString, "create table lease as select locked_until as ends from platform.outbox_messages");
        await HoldsAsync("select delivered_at is not null from platform.outbox_messages", "the mail");

        Assert.True(await IsAsync("select delivered_at >= ends and attempts = 2 from platform.outbox_messages, lease"));
        Assert.Single(mails.Mails("ada@example.org"));
    }

    [Fact]
    [Wall("K9")]
    public async Task No_mail_is_lost_however_often_workers_are_killed_among_them()
    {
        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        var people = Enumerable.Range(0, 60).Select(_ => People.NewAddress()).ToList();

        using (var host = ApiHost.Start(_database.AppConnectionString, smtpPort: 1, new Dictionary<string, string> { ["Outbox:MaxAttempts"] = "1000" }))
        {
            await Task.WhenAll(people.Select(email => host.Public.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password })));
        }

        await Sql.RunAsync(_database.AdminConnectionString, "update platform.outbox_messages set available_at = now(), attempts = 0");

        for (var kill = 1; kill <= 2; kill++)
        {
            using var worker = Start(mails.SmtpPort, ("Outbox:DeliveryTimeout", "00:00:02"), ("Outbox:LeaseMargin", "00:00:01"));
            await HoldsAsync($"select count(*) >= {kill * 10} from platform.outbox_messages where delivered_at is not null", "some mails");
            await worker.KillAsync();
        }

        using var last = ApiHost.Start(_database.AppConnectionString, mails.SmtpPort);
        await HoldsAsync("select bool_and(delivered_at is not null) from platform.outbox_messages", "all of them");
        Assert.All(people, email => Assert.NotEmpty(mails.Mails(email)));
    }

    [Fact]
    [Wall("K8")]
    public async Task What_a_killed_API_committed_and_had_not_come_to_is_delivered_by_the_next_one()
    {
        // The mail is not due for a minute: the process dies between the commit, which it has told of, and the dispatch.
        using (var api = Start(smtpPort: 1, ("Outbox:ReplaceableFor", "00:01:00")))
        {
            await RegisterAsync(api, "ada@example.org");
            await api.KillAsync();
        }

        Assert.True(await IsAsync("select count(*) = 1 and bool_and(attempts = 0 and available_at > now()) from platform.outbox_messages"));
        await Sql.RunAsync(_database.AdminConnectionString, "update platform.outbox_messages set available_at = now()");

        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var next = ApiHost.Start(_database.AppConnectionString, mails.SmtpPort);
        await Eventually.HoldsAsync(() => mails.Mails("ada@example.org").Count == 1, "the mail");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ApiProgram Start(int smtpPort, params IEnumerable<(string Key, string Value)> settings) =>
        ApiProgram.StartOn(_database, [("Mail:Port", $"{smtpPort}"), .. settings]);

    private static async Task RegisterAsync(ApiProgram api, string email)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri((await api.AddressesAsync())[0]) };
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password })).StatusCode);
    }

    private async Task<bool> IsAsync(string sql) => await Sql.RunAsync(_database.AdminConnectionString, sql) is true;

    private Task HoldsAsync(string sql, string what) => Eventually.HoldsAsync(() => IsAsync(sql), what);
}
