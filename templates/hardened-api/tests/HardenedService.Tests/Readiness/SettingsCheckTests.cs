using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Readiness;

/// <summary>Each check of the settings passes on sound ones, and is shown some that it is there to find.</summary>
public sealed class SettingsCheckTests(MigratedDatabase migrated, Certificates certificates) : IClassFixture<MigratedDatabase>, IClassFixture<Certificates>
{
    [Fact]
    public async Task Settings_that_would_do_for_production_pass() =>
        (await new ProductionSecrets().LookAsync(Sound())).Is(CheckStatus.Pass, "sound for Production");

    [Theory]
    [InlineData("Database:ConnectionString", "SSL Mode=VerifyFull;Host=127.0.0.1;Username=app;Password=development-0123456789abcdef", "Database:ConnectionString: holds a password that is a placeholder or a development secret")]
    [InlineData("Mail:Password", "changeme", "Mail:Password: is a placeholder or a development secret")]
    [InlineData("KeyRing:Certificate:File", null, "KeyRing:Certificate:File")]
    [InlineData("Service:PublicUrl", "http://service.example", "Service:PublicUrl: must begin with https://")]
    [InlineData("Operations:OwnerConnectionString", "Host=127.0.0.1;Password=development-0123456789abcdef", "Operations:OwnerConnectionString: holds a password that is a placeholder")]
    [InlineData("Operations:AppPassword", "development-0123456789abcdef", "Operations:AppPassword: is a placeholder")]
    [InlineData("Recovery:Canary:Password", "changeme", "Recovery:Canary:Password: is a placeholder")]
    [InlineData("Operations:OperatorConnectionString", "Host=127.0.0.1;Password=postgres", "Operations:OperatorConnectionString: holds a password that is a placeholder")]
    public async Task A_setting_of_development_is_named_without_its_value(string key, string? value, string words)
    {
        var finding = await new ProductionSecrets().LookAsync([.. Sound(), (key, value)]);

        finding.Is(CheckStatus.Fail, words);
        Assert.DoesNotContain("0123456789abcdef", finding.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sessions:CookieIdle", "02:00:00", "Sessions:CookieIdle is 02:00:00, more than 01:00:00")]
    [InlineData("Sessions:CookieLifetime", "2.00:00:00", "Sessions:CookieLifetime is 2 days, more than 1 day")]
    [InlineData("Sessions:BearerIdle", "31.00:00:00", "Sessions:BearerIdle is 31 days, more than 30 days")]
    [InlineData("Sessions:BearerLifetime", "365.00:00:00", "Sessions:BearerLifetime is 365 days, more than 90 days")]
    [InlineData("Sessions:FreshFor", "12:00:00", "Sessions:FreshFor is 12:00:00, more than 01:00:00")]
    public async Task Sessions_that_live_for_long_are_named(string key, string value, string words) =>
        (await new SessionExpiry().LookAsync(migrated.Database, host: null, (key, value))).Is(CheckStatus.Fail, words);

    [Fact]
    public async Task A_setting_that_is_no_time_is_an_error() =>
        Assert.Equal(CheckStatus.Error, (await new SessionExpiry().LookAsync(migrated.Database, host: null, ("Sessions:CookieIdle", "a while"))).Status);

    [Fact]
    public async Task Where_the_settings_of_the_api_are_not_here_nothing_is_judged_by_what_it_does_without()
    {
        (await new ProductionSecrets().LookAsync(("Mail:Password", "changeme"))).Is(CheckStatus.Error, "needs the API's settings");
        (await new SessionExpiry().LookAsync(migrated.Database, host: null, ("Database:ConnectionString", null))).Is(CheckStatus.Error, "needs the API's settings");
    }

    private (string Key, string? Value)[] Sound() => [.. ProductionSettings.Sound(certificates.KeyRing("sound")).Select(setting => (setting.Key, (string?)setting.Value))];
}
