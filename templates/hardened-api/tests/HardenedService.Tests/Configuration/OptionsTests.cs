using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Configuration;

[Wall("J1")]
public sealed class OptionsTests
{
    [Theory]
    [InlineData("Service:PublicUrl", "", "is missing.")]
    [InlineData("Service:PublicUrl", "service.example", "must be an absolute address that begins with http:// or https://.")]
    [InlineData("Service:PublicUrl", "ftp://service.example", "must be an absolute address that begins with http:// or https://.")]
    [InlineData("Service:PublicUrl", "https://", "must be an address.")]
    [InlineData("Service:PublicUrl", "https://someone@service.example", "must be scheme, host, port and path alone")]
    [InlineData("Service:PublicUrl", "https://@service.example", "must be scheme, host, port and path alone")]
    [InlineData("Service:PublicUrl", "https://service.example/?", "must be scheme, host, port and path alone")]
    [InlineData("Service:PublicUrl", "https://service.example/#top", "must be scheme, host, port and path alone")]
    [InlineData("Service:PublicUrl", "https://bücher.example", "must have its host in ASCII, as browsers send it: xn--…")]
    [InlineData("AllowedHosts", "", "must name a host, or not be set")]
    [InlineData("AllowedHosts", " ; ", "must name a host, or not be set")]
    [InlineData("RateLimits:Policies:passwrod:Burst", "5", "is no setting; here there are password, export, passkey.", "RateLimits:Policies:passwrod")]
    [InlineData("Service:Address", "host.example", "must be an IP address, localhost or *.")]
    [InlineData("Service:Port", "65536", "must be from 0 to 65535.")]
    [InlineData("Service:Port", "eighty", "must be a whole number in its range.")]
    [InlineData("Service:Port", "", "must be a whole number in its range.")]
    [InlineData("Seq:Url", "seq", "must be an absolute address that begins with http:// or https://.")]
    [InlineData("Outbox:LongestRetry", "00:00:01", "must not be shorter than FirstRetry, which is 00:00:02.")]
    [InlineData("Outbox:Concurrency", "0", "must be from 1 to 100.")]
    [InlineData("Outbox:LeaseMargin", "soon", "must be a duration such as 00:00:30.")]
    [InlineData("Database:SessionPoolSize", "0", "must be from 1 to 100.")]
    [InlineData("Database:ConnectionString", "postgres://someone@somewhere", "must be a PostgreSQL connection string")]
    [InlineData("Database:ConnectionString", "Host=x;Root Certificate=/nowhere", "names a Root Certificate that does not exist.")]
    [InlineData("Database:ConnectionString", "Host=x;Timeout=0", "must not hold a Timeout, Command Timeout")]
    [InlineData("Database:ConnectionString", "Host=x;Command Timeout=0", "must not hold a Timeout, Command Timeout")]
    [InlineData("Database:ConnectionString", "Host=x;CancellationTimeout=0", "must not hold a Timeout, Command Timeout")]
    [InlineData("Database:ConnectionString", "Host=x;Pooling=false", "must leave Pooling on and name one Host")]
    [InlineData("Database:ConnectionString", "Host=x,y", "must leave Pooling on and name one Host")]
    [InlineData("Sweeps:CommandTimeout", "00:00:00", "must be from 00:00:01 to 01:00:00.")]
    [InlineData("Mail:From", "nobody", "must be an e-mail address.")]
    [InlineData("Mail:From", "", "is missing.")]
    [InlineData("Mail:Security", "Nonsense", "must be one of None, StartTls.")]
    [InlineData("Mail:Security", "7", "must be one of None, StartTls.")]
    [InlineData("Mail:Hots", "mail.example", "is no setting; here there are Host, Port, Security, From, UserName, Password.")]
    [InlineData("Mail:Host:Name", "mail.example", "is no setting; Mail:Host takes a single value.")]
    [InlineData("Sessions:CookieIdle", "00:00:01", "must be from 00:01:00 to 30.00:00:00.")]
    [InlineData("KeyRing:OlderCertificates", "old.pfx", "takes no value itself")]
    [InlineData("KeyRing:OlderCertificates:0", "old.pfx", "takes no value itself")]
    [InlineData("KeyRing:OlderCertificates:0:Fiel", "old.pfx", "is no setting; here there are File, KeyFile, Password.")]
    [InlineData("KeyRing:OlderCertificates:0:Password", "of-what", "is missing.", "KeyRing:OlderCertificates:0:File")]
    [InlineData("Logging:LogLevel:Default", "Loud", "must be one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Logging:Readable", "maybe", "must be true or false.")]
    [InlineData("Sesions:CookieIdle", "00:05:00", "is no section; presumably Sessions is meant.", "Sesions")]
    [InlineData("Oubtox:Concurrency", "5", "is no section; presumably Outbox is meant.", "Oubtox")]
    [InlineData("Secrets:Directory", "/nowhere", "must be a directory that exists.")]
    public async Task A_setting_that_is_not_acceptable_stops_the_start_and_is_named_by_its_key(
        string key, string value, string expected, string? named = null)
    {
        var refused = await RefusedAsync(() => ApiHost.Build(key, value));

        Assert.Contains(refused.Faults, fault => fault.Key == (named ?? key) && fault.Message.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_faults_of_all_sections_are_reported_together()
    {
        (string Key, string Value)[] wrong =
        [
            ("Mail:Port", "none"), ("Mail:Security", "none at all"), ("mail:from", "nobody"), ("Mail:Hots", "mail.example"),
            ("Service:Port", "99999"), ("Service:Address", "host.example"), ("Outbox:Concurrency", "0"), ("Outbox:LongestRetry", "soon"),
            ("Sessions:BearerIdle", "sometimes"), ("Database:ConnectionString", "nonsense"), ("KeyRing:Certificate:File", "/nowhere"),
        ];

        var refused = await RefusedAsync(() => ApiHost.Prepare("Development", wrong!).Build());

        Assert.Equal(
            wrong.Select(setting => setting.Key).Order(StringComparer.OrdinalIgnoreCase),
            refused.Faults.Select(fault => fault.Key),
            StringComparer.OrdinalIgnoreCase);
        Assert.All(refused.Faults, fault => Assert.Contains($"  {fault.Key}: {fault.Message}", refused.Message, StringComparison.Ordinal));
        Assert.Contains("Section__Key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_not_also_called_malformed() =>
        Assert.Equal([new SettingFault("Mail:From", "is missing.")], (await RefusedAsync(() => ApiHost.Build("Mail:From", ""))).Faults);

    [Fact]
    public void The_whole_host_refuses_to_start_with_the_same_list()
    {
        var settings = new Dictionary<string, string> { ["Mail:Port"] = "none", ["Service:Port"] = "99999" };

        var refused = Assert.Throws<SettingsException>(() => ApiHost.Start("Host=127.0.0.1;Port=1", settings: settings));

        Assert.Equal(["Mail:Port", "Service:Port"], refused.Faults.Select(fault => fault.Key));
    }

    [Fact]
    public async Task Each_registered_record_refuses_to_be_read_while_another_one_is_faulty()
    {
        await using var services = ApiHost.Prepare("Development", ("Mail:Port", "none")).Services.BuildServiceProvider();

        Assert.Throws<SettingsException>(() => services.GetRequiredService<IOptions<ServiceOptions>>().Value);
    }

    [Theory]
    [InlineData("MAIL", "/var/mail/someone")]
    [InlineData("Services:api:https:0", "https://api.example")]
    [InlineData("Operations:OwnerPassword", "for another program")]
    public async Task What_stands_in_the_environment_for_others_does_no_harm(string key, string value) =>
        await ApiHost.Build(key, value).DisposeAsync();

    [Fact]
    public async Task What_the_other_tests_change_is_acceptable() => await ApiHost.Build("Service:Name", "Another").DisposeAsync();

    private static async Task<SettingsException> RefusedAsync(Func<WebApplication> build) =>
        await Assert.ThrowsAsync<SettingsException>(async () => await build().DisposeAsync());
}
