using HardenedService.Api.Identity;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Identity;

[Wall("C7")]
public sealed class RelyingPartyTests
{
    [Theory]
    [InlineData("https://service.example", "service.example", "https://service.example")]
    [InlineData("https://service.example:8443/app", "service.example", "https://service.example:8443")]
    [InlineData("http://localhost:5080", "localhost", "http://localhost:5080")]
    [InlineData("https://b\u00fccher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example")]
    public void Its_domain_and_origin_are_those_of_the_public_URL(string url, string id, string origin)
    {
        var relyingParty = RelyingParty.Of(new() { PublicUrl = new Uri(url) }, new());

        Assert.Equal(id, relyingParty.Id);
        Assert.Equal([origin], relyingParty.Origins);
    }

    [Fact]
    public void Of_the_trusted_origins_those_within_the_domain_may_use_its_passkeys()
    {
        var relyingParty = RelyingParty.Of(
            new() { PublicUrl = new Uri("https://service.example") },
            new() { Origins = ["https://app.service.example", "https://service.example:8443", "https://app.example", "https://notservice.example"] });

        Assert.Equal(
            ["https://app.service.example", "https://service.example", "https://service.example:8443"], relyingParty.Origins.Order(StringComparer.Ordinal));
    }
}
