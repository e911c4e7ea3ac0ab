using HardenedService.Api.Identity;
using HardenedService.Platform;
using HardenedService.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Configuration;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("Service:PublicUrl", "", "PublicUrl")]
    [InlineData("Service:PublicUrl", "service.example", "PublicUrl")]
    [InlineData("Service:PublicUrl", "ftp://service.example", "PublicUrl")]
    [InlineData("Service:Address", "host.example", "Address")]
    [InlineData("Service:Port", "65536", "Port")]
    [InlineData("Seq:Url", "seq", "Url")]
    [InlineData("Outbox:BatchSize", "100", "Lease")]
    [InlineData("Database:SessionPoolSize", "0", "SessionPoolSize")]
    [InlineData("Mail:From", "nobody", "From")]
    [InlineData("Sessions:CookieIdle", "00:00:01", "CookieIdle")]
    public void A_setting_that_is_not_acceptable_stops_the_start_and_is_named(string key, string value, string named)
    {
        var fault = Assert.ThrowsAny<OptionsValidationException>(() => Validate(key, value));

        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void A_misspelled_setting_stops_the_start_and_is_named()
    {
        var fault = Assert.ThrowsAny<InvalidOperationException>(() => Validate("Mail:Hots", "mail.example"));

        Assert.Contains("Hots", fault.Message);
    }

    [Fact]
    public void What_the_other_tests_change_is_acceptable() => Validate("Service:Name", "Another");

    // What the host does before it starts anything.
    private static void Validate(string key, string value)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(RegisterRequest).Assembly.GetName().Name });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(ApiHost.Settings!)
        {
            ["Database:ConnectionString"] = "Host=127.0.0.1;Port=1",
            [key] = value,
        });
        builder.AddPlatform();

        using var services = builder.Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
    }
}
