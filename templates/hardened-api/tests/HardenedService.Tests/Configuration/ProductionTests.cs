using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Configuration;

[Wall("J1")]
public sealed class ProductionTests(Certificates certificates) : IClassFixture<Certificates>
{
    private const string Tls = "SSL Mode=VerifyFull;Host=127.0.0.1;Username=app;";

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("production")]
    public void What_the_other_tests_change_is_acceptable(string environment) => Assert.Empty(Check(environment));

    [Theory]
    [InlineData("Service:PublicUrl", "http://service.example")]
    [InlineData("Service:PublicUrl", "")]
    [InlineData("Cors:Origins:0", "http://app.example", "Cors:Origins")]
    [InlineData("AllowedHosts", "*")]
    [InlineData("AllowedHosts", "service.example; *")]
    [InlineData("AllowedHosts", "0.0.0.0")]
    [InlineData("Database:ConnectionString", "Host=127.0.0.1;Username=app;Password=hard to guess")]
    [InlineData("Database:ConnectionString", "Host=127.0.0.1;Password=hard to guess;SSL Mode=Disable")]
    [InlineData("Database:ConnectionString", "Host=127.0.0.1;Password=hard to guess;SSL Mode=Allow")]
    [InlineData("Database:ConnectionString", "Host=127.0.0.1;Password=hard to guess;SslMode=Prefer")]
    [InlineData("Database:ConnectionString", Tls + "Password=Postgres")]
    [InlineData("Database:ConnectionString", Tls + "Password=changeme")]
    [InlineData("Database:ConnectionString", Tls + "Password=development-0123456789abcdef")]
    [InlineData("Database:ConnectionString", Tls + "Password=hard to guess;Include Error Detail=true")]
    [InlineData("Database:ConnectionString", Tls + "Password=hard to guess;LogParameters=true")]
    [InlineData("Mail:Host", "mail.example", "Mail:Security")]
    [InlineData("Mail:Password", "secret")]
    [InlineData("Mail:Password", "Development-0123456789abcdef")]
    [InlineData("Seq:ApiKey", "admin")]
    [InlineData("KeyRing:Certificate:File", null)]
    [InlineData("KeyRing:OlderCertificates:0:Password", "development-0", "KeyRing:OlderCertificates:0:Password")]
    public void Each_of_these_is_refused_outside_of_development_and_named_by_its_key(string key, string? value, string? named = null)
    {
        (string, string?)[] wrong = [(key, value), ("KeyRing:OlderCertificates:0:File", certificates.KeyRing("older", "development-0"))];
        var used = key.StartsWith("KeyRing:Older", StringComparison.Ordinal) ? wrong : wrong[..1];

        foreach (var environment in new[] { "Production", "Staging" })
        {
            Assert.Equal([named ?? key], Check(environment, used).Select(fault => fault.Key));
        }
    }

    [Theory]
    [InlineData("Require")]
    [InlineData("VerifyCA")]
    [InlineData("VerifyFull")]
    public void Any_mode_that_insists_on_tls_is_acceptable(string mode) =>
        Assert.Empty(Check("Production", ("Database:ConnectionString", $"Host=db.example;Password=hard to guess;SSL Mode={mode}")));

    [Theory]
    [InlineData("Live")]
    [InlineData("Prod")]
    [InlineData("Developmentt")]
    [InlineData(" ")]
    public void An_environment_of_another_name_is_refused_and_checked_as_production(string environment) =>
        Assert.Equal(
            ["ASPNETCORE_ENVIRONMENT", "Service:PublicUrl"],
            Check(environment, ("Service:PublicUrl", "http://service.example")).Select(fault => fault.Key));

    [Fact]
    public async Task The_process_names_every_fault_at_once_without_a_value_or_a_stack_trace_and_ends_with_78()
    {
        using var api = ApiProgram.Start("canary", [.. ApiHost.Settings.Select(setting => (setting.Key, setting.Value)), .. Wrong]);

        Assert.Equal(78, await api.ExitAsync());
        Assert.Equal(
            [.. Wrong.Select(setting => setting.Key).Where(key => key != "Mail:Host").Concat(["ASPNETCORE_ENVIRONMENT", "KeyRing:Certificate:File"]).Order()],
            Keys(api.Error).Distinct().Order());
        Assert.Contains("Section__Key", api.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", api.Error + api.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", api.Error + api.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", api.Error + api.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ASPNETCORE_ENVIRONMENT")]
    [InlineData("Live", "ASPNETCORE_ENVIRONMENT")]
    [InlineData(null, "Service:PublicUrl")]
    [InlineData("Staging", "Service:PublicUrl")]
    public async Task The_process_refuses_one_fault_too(string? environment, string key)
    {
        var settings = ProductionSettings.Sound(certificates.KeyRing("process"));
        using var api = ApiProgram.Start(
            environment, key == "Service:PublicUrl" ? [.. settings, ("Service:PublicUrl", "http://service.example")] : settings);

        Assert.Equal(78, await api.ExitAsync());
        Assert.Equal([key], Keys(api.Error));
    }

    [Theory]
    [InlineData("{\"Mail\":{\n\"Password\": canary", "Could not parse the JSON file. Line 2.")]
    [InlineData("[\"canary\"]", "Top-level JSON element must be an object.")]
    public async Task A_settings_file_that_cannot_be_read_is_one_line_and_78(string content, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("hardened-service-settings-");
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "appsettings.json"), content, TestContext.Current.CancellationToken);
        using var api = ApiProgram.Start(
            "Production", [.. ProductionSettings.Sound(certificates.KeyRing("file")), ("ASPNETCORE_CONTENTROOT", directory.FullName)]);

        Assert.Equal(78, await api.ExitAsync());
        directory.Delete(recursive: true);

        var line = Assert.Single(api.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("appsettings.json", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", api.Error + api.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://xn--bcher-kva.example")]
    [InlineData("https://service.example:8443/base")]
    [InlineData("https://[2001:db8::1]")]
    public void These_public_addresses_are_acceptable(string url) => Assert.Empty(Check("Production", ("Service:PublicUrl", url)));

    private static readonly (string Key, string Value)[] Wrong =
    [
        ("AllowedHosts", "*;canary.example"),
        ("Database:ConnectionString", "Host=canary;Username=canary;Password=development-canary"),
        ("KeyRing:OlderCertificates:0:File", "/canary.pfx"),
        ("KeyRing:OlderCertificates:0:Password", "development-canary"),
        ("Mail:Form", "canary@service.example"),
        ("Mail:From", "canary"),
        ("Mail:Host", "canary.example"),
        ("Mail:Password", "development-canary"),
        ("Mail:Port", "canary"),
        ("Mail:Security", "canary"),
        ("Outbox:LeaseMargin", "canary"),
        ("Seq:ApiKey", "development-canary"),
        ("Service:PublicUrl", "http://canary.example"),
        ("Sessions:BearerIdle", "canary"),
    ];

    private static IEnumerable<string> Keys(string error) =>
        error.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim().Split(": ")[0]);

    private IReadOnlyList<SettingFault> Check(string environment, params (string Key, string? Value)[] settings) =>
        ApiHost.Prepare(environment, [.. ProductionSettings.Sound(certificates.KeyRing("sound")), .. settings]).CheckSettings();
}
