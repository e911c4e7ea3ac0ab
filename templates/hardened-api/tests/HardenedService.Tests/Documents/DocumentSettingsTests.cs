using HardenedService.Platform.Configuration;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Documents;

[Wall("J1")]
public sealed class DocumentSettingsTests(Certificates certificates) : IClassFixture<Certificates>
{
    [Theory]
    [InlineData("Scanner:Host", null)]
    [InlineData("Scanner:Host", "http://scanner.example")]
    [InlineData("Scanner:Port", "0")]
    [InlineData("Scanner:Deadline", "00:00:30")]
    [InlineData("Outbound:Reviewer:BaseAddress", null)]
    [InlineData("Outbound:Scanner:BaseAddress", "http://scanner.example")]
    [InlineData("Reviews:Deadline", "2.00:00:00")]
    public void Each_of_these_is_refused_everywhere(string key, string? value)
    {
        Assert.Equal([key], Faults("Development", (key, value)));
        Assert.Equal([key], Faults("Production", (key, value)));
    }

    [Theory]
    [InlineData("Scanner:Host", "scanner.example")]
    [InlineData("Scanner:Host", "192.0.2.1")]
    [InlineData("Outbound:Reviewer:BaseAddress", "http://reviewer.example")]
    [InlineData("Reviews:ApiKey", "changeme")]
    [InlineData("Reviews:ApiKey", "development-0123456789abcdef")]
    public void Each_of_these_is_refused_outside_of_development(string key, string value)
    {
        Assert.Empty(Faults("Development", (key, value)));
        Assert.Equal([key], Faults("Staging", (key, value)));
        Assert.Equal([key], Faults("Production", (key, value)));
    }

    [Fact]
    public void Whoever_encrypts_the_way_otherwise_says_so()
    {
        Assert.Empty(Faults("Production", ("Scanner:Host", "scanner.example"), ("Scanner:AllowPlainTcp", "true")));
        Assert.Empty(Faults("Production", ("Outbound:Reviewer:BaseAddress", "http://reviewer.example"), ("Outbound:Reviewer:AllowPlainHttp", "true")));
        Assert.Empty(Faults("Production", ("Outbound:Reviewer:BaseAddress", "https://reviewer.example/v2"), ("Scanner:Host", "localhost")));
    }

    private IEnumerable<string> Faults(string environment, params (string Key, string? Value)[] settings) =>
        ApiHost.Prepare(environment, [.. ProductionSettings.Sound(certificates.KeyRing("documents")), .. settings]).CheckSettings().Select(fault => fault.Key);
}
