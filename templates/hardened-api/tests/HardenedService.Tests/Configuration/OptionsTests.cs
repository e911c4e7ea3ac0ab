using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace HardenedService.Tests.Configuration;

public sealed class OptionsTests
{
    private const string Database = "Host=127.0.0.1;Port=1";

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
        var fault = Assert.ThrowsAny<OptionsValidationException>(() => ApiHost.Start(Database, settings: new Dictionary<string, string> { [key] = value }));

        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void A_misspelled_setting_stops_the_start_and_is_named()
    {
        var fault = Assert.ThrowsAny<InvalidOperationException>(
            () => ApiHost.Start(Database, settings: new Dictionary<string, string> { ["Mail:Hots"] = "mail.example" }));

        Assert.Contains("Hots", fault.Message);
    }
}
