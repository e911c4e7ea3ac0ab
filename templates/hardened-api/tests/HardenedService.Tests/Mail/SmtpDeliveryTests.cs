using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using HardenedService.Platform.Data;
using HardenedService.Platform.Mail;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace HardenedService.Tests.Mail;

public sealed class SmtpDeliveryTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly Dictionary<string, string> Impatient = new()
    {
        ["Outbox:FirstRetry"] = "00:00:00.020",
        ["Outbox:LongestRetry"] = "00:00:00.050",
        ["Outbox:MaxAttempts"] = "1000",
        ["Outbox:DeliveryTimeout"] = "00:00:01",
    };

    private static readonly Dictionary<string, string> ByStartTls = new(Impatient) { ["Mail:Security"] = "StartTls" };

    private readonly SmtpServer _server = new();
    private readonly Certificates _certificates = new();
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.CreateDatabaseAsync();

    [Fact]
    public async Task A_mail_goes_out_in_both_forms_with_a_message_id()
    {
        using var host = Start(Impatient);
        await RegisterAsync(host, "ada@example.org");

        await Eventually.HoldsAsync(() => _server.Taken == 1, "the mail");
        var lines = _server.Heard.Select(heard => heard.Line).ToList();
        Assert.Contains(lines, line => line.StartsWith("Content-Type: multipart/alternative", StringComparison.OrdinalIgnoreCase));
        var (text, html) = (FindIndex("Content-Type: text/plain"), FindIndex("Content-Type: text/html"));
        Assert.True(0 < text && text < html, "plain text first, then HTML");
        Assert.Contains(lines, line => line.StartsWith("Message-ID: <", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Auto-Submitted: auto-generated", lines);

        int FindIndex(string start) => lines.FindIndex(line => line.StartsWith(start, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task With_starttls_the_mail_is_encrypted_and_so_is_everything_about_it()
    {
        using var authority = _certificates.Authority("mail");
        _server.Certificate = ServerCertificate(authority);
        using var trusting = new MailTrust(authority);
        using var host = Start(ByStartTls);
        await RegisterAsync(host, "ada@example.org");

        await Eventually.HoldsAsync(() => _server.Taken == 1, "the mail");
        Assert.All(
            _server.Heard.Where(heard => !heard.IsEncrypted),
            heard => Assert.True(heard.Line.StartsWith("EHLO", StringComparison.Ordinal) || heard.Line == "STARTTLS", heard.Line));
    }

    [Fact]
    public async Task A_server_that_does_not_offer_starttls_gets_nothing_and_the_mail_waits()
    {
        using var host = Start(ByStartTls);
        await RegisterAsync(host, "ada@example.org");

        await WaitsAsync();
        NothingWasTold();
    }

    [Fact]
    public async Task A_server_that_cannot_prove_its_name_gets_nothing_and_the_mail_waits()
    {
        using var authority = _certificates.Authority("stranger");
        _server.Certificate = ServerCertificate(authority);
        using var host = Start(ByStartTls);
        await RegisterAsync(host, "ada@example.org");

        await WaitsAsync();
        NothingWasTold();
    }

    [Theory]
    [InlineData("MAIL", "421 too busy")]
    [InlineData("RCPT", "450 try again")]
    [InlineData(".", "451 not now")]
    [InlineData("MAIL", "535 who are you")]
    [InlineData("DATA", "554 not now")]
    public async Task A_mail_that_is_refused_for_now_goes_out_later(string verb, string reply)
    {
        _server.Replies[verb] = reply;
        using var host = Start(Impatient);
        await RegisterAsync(host, "ada@example.org");
        await WaitsAsync();

        _server.Replies.Clear();
        await HoldsAsync("select delivered_at is not null and payload is null from platform.outbox_messages", "the delivery");
    }

    [Fact]
    public async Task A_recipient_that_is_refused_for_good_is_not_tried_again()
    {
        _server.Replies["RCPT"] = "550 no such mailbox";
        using var host = Start(Impatient);
        await RegisterAsync(host, "ada@example.org");

        await HoldsAsync(
            "select parked_at is not null and attempts = 1 and last_error = 'The mail server refuses the recipient: MailboxUnavailable' from platform.outbox_messages",
            "the mail to be parked");
    }

    [Fact]
    public async Task A_silent_server_delays_a_mail_and_no_request()
    {
        _server.IsSilent = true;
        using var host = Start(Impatient);
        await RegisterAsync(host, "ada@example.org");
        await HoldsAsync("select locked_by is not null from platform.outbox_messages", "the delivery to begin");

        var waited = Stopwatch.StartNew();
        await RegisterAsync(host, "grace@example.org");
        Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), $"{waited.Elapsed}");

        await WaitsAsync();
        _server.IsSilent = false;
        await HoldsAsync("select count(*) = 2 from platform.outbox_messages where delivered_at is not null", "both deliveries");
    }

    [Fact]
    public async Task An_international_domain_is_written_in_ascii()
    {
        using var host = Start(Impatient);
        await RegisterAsync(host, "ada@b\u00fccher.example");

        await Eventually.HoldsAsync(() => _server.Taken == 1, "the mail");
        Assert.Contains(_server.Heard, heard => heard.Line.StartsWith("RCPT TO:<ada@xn--bcher-kva.example>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_longest_address_gets_its_mail()
    {
        var email = $"{new string('a', 64)}@{string.Join('.', Enumerable.Repeat(new string('b', 62), 3))[..177]}.example";
        using var host = Start(Impatient);
        await RegisterAsync(host, email);

        await Eventually.HoldsAsync(() => _server.Taken == 1, "the mail");
        Assert.Contains(_server.Heard, heard => heard.Line.StartsWith($"RCPT TO:<{email}>", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ada@example.org", "A subject\r\nBcc: eve@example.org")]
    [InlineData("ada@example.org\r\nRCPT TO:<eve@example.org>", "A subject")]
    [InlineData("ada@example.org>\r\nRCPT TO:<eve@example.org", "A subject")]
    [InlineData("no address", "A subject")]
    public async Task What_would_inject_a_header_or_a_recipient_is_parked(string to, string subject)
    {
        using var host = Start(Impatient);

        await using (var scope = host.Services.CreateAsyncScope())
        {
            await using var transaction = await scope.ServiceProvider.GetRequiredService<UnitOfWork>().BeginAsync(TestContext.Current.CancellationToken);
            await scope.ServiceProvider.GetRequiredService<Mailer>().SendAsync(new MailMessage(to, subject, "text"), TestContext.Current.CancellationToken);
            await transaction.CommitAsync();
        }

        await HoldsAsync("select parked_at is not null and attempts = 1 from platform.outbox_messages", "the mail to be parked");
        Assert.Empty(_server.Heard);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificates.Dispose();
        await _database.DisposeAsync();
    }

    private static X509Certificate2 ServerCertificate(X509Certificate2 authority)
    {
        var (certificate, key) = Certificates.Server(authority);

        return X509Certificate2.CreateFromPem(certificate, key);
    }

    private static async Task RegisterAsync(ApiHost host, string email) => Assert.Equal(
        HttpStatusCode.Accepted, (await host.Public.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password })).StatusCode);

    private ApiHost Start(IReadOnlyDictionary<string, string> settings) => ApiHost.Start(_database.AppConnectionString, _server.Port, settings);

    private Task WaitsAsync() => HoldsAsync(
        "select bool_and(delivered_at is null and parked_at is null) and max(attempts) > 2 from platform.outbox_messages", "a third attempt");

    private void NothingWasTold() => Assert.DoesNotContain(
        _server.Heard, heard => heard.Line.Contains("example.org", StringComparison.Ordinal) || heard.Line.StartsWith("AUTH", StringComparison.Ordinal));

    private Task HoldsAsync(string sql, string what) => Eventually.HoldsAsync(
        async () =>
        {
            await using var connection = new NpgsqlConnection(_database.AdminConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);

            return await command.ExecuteScalarAsync() is true;
        },
        what);
}
