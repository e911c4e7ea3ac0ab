using System.Net;
using System.Net.Http.Json;
using HardenedService.Dev.Mail;
using HardenedService.Tests.Infrastructure;
using Npgsql;

namespace HardenedService.Tests.Outbox;

public sealed class OutboxTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>
{
    private static readonly Dictionary<string, string> Impatient = new()
    {
        ["Outbox:FirstRetry"] = "00:00:00.020",
        ["Outbox:LongestRetry"] = "00:00:00.050",
        ["Outbox:MaxAttempts"] = "1000",
    };

    [Fact]
    public async Task A_mail_waits_encrypted_and_is_wiped_once_delivered()
    {
        var email = People.NewAddress();
        await api.RegisterAsync(email);
        await api.MailAsync(email);

        await Eventually.HoldsAsync(
            async () => await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where delivered_at is null") == 0,
            "the outbox to be empty");
        Assert.Equal(0, await api.ScalarAsync<long>("select count(*) from platform.outbox_messages where payload is not null"));
    }

    [Fact]
    [Wall("K9")]
    public async Task A_dead_mail_server_delays_a_mail_and_loses_none()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var email = People.NewAddress();

        using (var host = ApiHost.Start(database.AppConnectionString, settings: Impatient))
        {
            Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(host, email)).StatusCode);
            await Eventually.HoldsAsync(
                () => HoldsAsync(database, "select attempts > 1 and last_error = 'The mail server: GeneralFailure' from platform.outbox_messages"), "two attempts");
            Assert.False(await HoldsAsync(
                database, $"select position('{email}'::bytea in payload) > 0 from platform.outbox_messages"));
        }

        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var second = ApiHost.Start(database.AppConnectionString, mails.SmtpPort, Impatient);
        await Eventually.HoldsAsync(() => mails.Mails(email).Count == 1, "the mail");
    }

    [Fact]
    public async Task After_its_last_attempt_a_message_is_parked_with_its_payload()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var settings = new Dictionary<string, string>(Impatient) { ["Outbox:MaxAttempts"] = "3" };
        using var host = ApiHost.Start(database.AppConnectionString, settings: settings);
        await RegisterAsync(host, People.NewAddress());

        await Eventually.HoldsAsync(
            () => HoldsAsync(database, "select parked_at is not null and attempts = 3 and payload is not null from platform.outbox_messages"),
            "the message to be parked");
    }

    [Fact]
    public async Task A_key_ring_out_of_reach_delays_a_mail_and_parks_none()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var email = People.NewAddress();

        using (var host = ApiHost.Start(database.AppConnectionString, settings: Impatient))
        {
            await RegisterAsync(host, email);
        }

        await ExecuteAsync(database, "revoke select on platform.data_protection_keys from hardened_service_app");
        await ExecuteAsync(database, "update platform.outbox_messages set last_error = null, available_at = now()");
        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var second = ApiHost.Start(database.AppConnectionString, mails.SmtpPort, Impatient);
        await Eventually.HoldsAsync(() => HoldsAsync(database, "select last_error is not null from platform.outbox_messages"), "an attempt");
        Assert.True(await HoldsAsync(database, "select parked_at is null from platform.outbox_messages"));

        await ExecuteAsync(database, "grant select on platform.data_protection_keys to hardened_service_app");
        await Eventually.HoldsAsync(() => mails.Mails(email).Count == 1, "the mail");
    }

    [Fact]
    [Wall("K9")]
    public async Task A_message_of_a_dead_worker_is_taken_over_after_its_lease()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var email = People.NewAddress();

        using (var host = ApiHost.Start(database.AppConnectionString, settings: Impatient))
        {
            await RegisterAsync(host, email);
        }

        // As a worker leaves it that was killed in the middle of a delivery, ten minutes of its lease to go.
        await ExecuteAsync(
            database,
            "update platform.outbox_messages set locked_by = gen_random_uuid(), locked_until = now() + interval '10 minutes', available_at = now()");

        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var second = ApiHost.Start(database.AppConnectionString, mails.SmtpPort, Impatient);
        await RegisterAsync(second, People.NewAddress());
        await Eventually.HoldsAsync(() => mails.Mails().Count == 1, "the mail that nobody had claimed");
        Assert.Empty(mails.Mails(email));

        await ExecuteAsync(database, "update platform.outbox_messages set locked_until = now() where locked_until is not null");
        await Eventually.HoldsAsync(() => mails.Mails(email).Count == 1, "the mail of the dead worker");
    }

    [Fact]
    [Wall("K9")]
    public async Task Two_workers_deliver_each_mail_once()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await using var mails = await MailCatcher.StartAsync(0, TestContext.Current.CancellationToken);
        using var first = ApiHost.Start(database.AppConnectionString, mails.SmtpPort);
        using var second = ApiHost.Start(database.AppConnectionString, mails.SmtpPort);

        var people = Enumerable.Range(0, 28).Select(_ => People.NewAddress()).ToList();
        await Task.WhenAll(people.Select((email, index) => RegisterAsync(index % 2 == 0 ? first : second, email)));

        await Eventually.HoldsAsync(
            () => HoldsAsync(database, "select count(*) = 28 from platform.outbox_messages where delivered_at is not null"), "28 deliveries");
        Assert.All(people, email => Assert.Single(mails.Mails(email)));
    }

    private static Task<HttpResponseMessage> RegisterAsync(ApiHost host, string email) =>
        host.Public.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password });

    private static async Task<bool> HoldsAsync(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteScalarAsync() is true;
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
