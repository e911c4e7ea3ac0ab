using HardenedService.Tests.Infrastructure;
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
    public async Task A_setting_that_is_not_acceptable_stops_the_start_and_is_named(string key, string value, string named)
    {
        var fault = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => ValidateAsync(key, value));

        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public async Task A_misspelled_setting_stops_the_start_and_is_named()
    {
        var fault = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => ValidateAsync("Mail:Hots", "mail.example"));

        Assert.Contains("Hots", fault.Message);
    }

    [Fact]
    public Task What_the_other_tests_change_is_acceptable() => ValidateAsync("Service:Name", "Another");

    // What the host does before it starts anything.
    private static async Task ValidateAsync(string key, string value)
    {
        await using var app = ApiHost.Build(key, value);
        app.Services.GetRequiredService<IStartupValidator>().Validate();
    }
}
