using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HardenedService.Dev.Mail;
using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Security;

[Wall("J2")]
public sealed class KeyRingTests(PostgresServer postgres, Certificates certificates) : IClassFixture<Certificates>
{
    [Fact]
    public async Task What_is_stored_holds_no_key_in_the_clear()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        using var host = Start(database, File("sealed"));
        Protect(host, "anything");

        var stored = await StoredAsync(database);
        Assert.Contains("EncryptedData", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", stored, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<value>", stored, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("unencrypted", stored, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_restart_with_the_same_certificate_reads_what_was_encrypted()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var certificate = File("same");

        Assert.Equal("kept", Unprotect(database, ProtectIn(database, certificate), certificate));
    }

    [Fact]
    public async Task Keys_from_before_there_was_a_certificate_still_read()
    {
        await using var database = await postgres.CreateDatabaseAsync();

        Assert.Equal("kept", Unprotect(database, ProtectIn(database, []), File("first")));
    }

    [Fact]
    public async Task An_expired_certificate_still_works_and_is_warned_of()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        (string, string)[] expired = [("KeyRing:Certificate:File", certificates.KeyRing("expired", days: -2))];
        using var logs = new LogRecorder();

        Assert.Equal("kept", Unprotect(database, ProtectIn(database, expired), expired, logs));
        Assert.Contains(
            logs.Records,
            entry => entry.Level == LogLevel.Warning && entry.Message.StartsWith("The key ring's certificate expired", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_development_it_does_without_a_certificate_and_without_a_warning()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        using var logs = new LogRecorder();

        Assert.Equal("kept", Unprotect(database, ProtectIn(database, []), [], logs));
        Assert.DoesNotContain(
            logs.Records, entry => entry.Level >= LogLevel.Warning && entry.Category.Contains("DataProtection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Losing_the_certificate_signs_nobody_out_and_mail_goes_on()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await using var mails = await MailCatcher.StartAsync(httpPort: 0, TestContext.Current.CancellationToken);
        string token;
        using (var first = Start(database, File("lost"), mails.SmtpPort))
        {
            var email = await NewPersonAsync(first, mails);
            var answer = await first.Public.PostAsJsonAsync("/v1/sessions", new { email, password = People.Password, transport = "bearer" });
            token = (await answer.JsonAsync()).GetProperty("token").GetString()!;
        }

        using var second = Start(database, File("found"), mails.SmtpPort);
        second.Public.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, (await second.Public.GetAsync("/v1/account")).StatusCode);
        await NewPersonAsync(second, mails);
    }

    [Fact]
    public async Task Certificates_come_as_pfx_and_as_pem()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        var (file, keyFile) = certificates.KeyRingPem("pem");
        var (sealedFile, sealedKeyFile) = certificates.KeyRingPem("sealed-pem", "a password");
        (string, string)[] pem = [("KeyRing:Certificate:File", file), ("KeyRing:Certificate:KeyFile", keyFile)];
        (string, string)[] other =
        [
            ("KeyRing:Certificate:File", sealedFile), ("KeyRing:Certificate:KeyFile", sealedKeyFile), ("KeyRing:Certificate:Password", "a password"),
            ("KeyRing:OlderCertificates:0:File", file), ("KeyRing:OlderCertificates:0:KeyFile", keyFile),
        ];

        Assert.Equal("kept", Unprotect(database, ProtectIn(database, pem), other));
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_is_a_fault_by_key()
    {
        var sealedFile = certificates.KeyRing("locked", "a password");
        var (pem, _) = certificates.KeyRingPem("no-key");

        Fault("File", "cannot be read", (":File", certificates.Path("missing.pfx")));
        Fault("File", "cannot be opened", (":File", sealedFile));
        Fault("File", "cannot be opened", (":File", sealedFile), (":Password", "another password"));
        Fault("File", "cannot be opened", (":File", Garbage()));
        Fault("File", "cannot be opened", (":File", pem));
        Fault("KeyFile", "cannot be read", (":File", pem), (":KeyFile", certificates.Path("missing.key")));
        Fault("File", "holds no RSA private key", (":File", certificates.EllipticCurve("curve")));
        Fault("File", "is missing", (":Password", "a password"));
    }

    private static void Fault(string member, string message, params (string Key, string? Value)[] settings)
    {
        foreach (var section in new[] { "KeyRing:Certificate", "KeyRing:OlderCertificates:0" })
        {
            var faults = ApiHost.Prepare("Development", [.. settings.Select(setting => (section + setting.Key, setting.Value))]).CheckSettings();
            var fault = Assert.Single(faults);
            Assert.Equal($"{section}:{member}", fault.Key);
            Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        }
    }

    private string Garbage()
    {
        System.IO.File.WriteAllText(certificates.Path("garbage.pfx"), "no certificate");

        return certificates.Path("garbage.pfx");
    }

    private (string Key, string Value)[] File(string name) => [("KeyRing:Certificate:File", certificates.KeyRing(name))];

    private static ApiHost Start(TestDatabase database, (string Key, string Value)[] settings, int smtpPort = 1, LogRecorder? logs = null) =>
        ApiHost.Start(
            database.AppConnectionString,
            smtpPort,
            settings.ToDictionary(setting => setting.Key, setting => setting.Value),
            host => host.ConfigureLogging(logging => logging.AddProvider(logs ?? new LogRecorder())));

    internal static string ProtectIn(TestDatabase database, (string Key, string Value)[] settings)
    {
        using var host = Start(database, settings);

        return Protect(host, "kept");
    }

    internal static string Unprotect(TestDatabase database, string payload, (string Key, string Value)[] settings, LogRecorder? logs = null)
    {
        using var host = Start(database, settings, logs: logs);

        return Protector(host).Unprotect(payload);
    }

    private static string Protect(ApiHost host, string text) => Protector(host).Protect(text);

    private static IDataProtector Protector(ApiHost host) =>
        host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private static async Task<string> StoredAsync(TestDatabase database) =>
        (string)(await Sql.RunAsync(database.AdminConnectionString, "select string_agg(xml, '') from platform.data_protection_keys"))!;

    private static async Task<string> NewPersonAsync(ApiHost host, MailCatcher mails)
    {
        var email = People.NewAddress();
        await host.Public.PostAsJsonAsync("/v1/accounts", new { email, password = People.Password });
        await Eventually.HoldsAsync(() => mails.Mails(email).Count == 1, "the mail");
        var answer = await host.Public.PostAsJsonAsync("/v1/accounts/confirm", new { token = mails.Mails(email)[0].Token, password = People.Password });
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);

        return email;
    }
}
