using HardenedService.Platform.Configuration;
using HardenedService.Platform.Outbound;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Outbound;

[Wall("K1")]
public sealed class OutboundOptionsTests
{
    private const string Address = "Outbound:Planted:BaseAddress";

    [Theory]
    [InlineData("Outbound:Planted:AttemptTimeout", "00:00:10", "must be shorter than TotalTimeout, which is 00:00:10.")]
    [InlineData("Outbound:Planted:TotalTimeout", "02:00:00", "must be from 00:00:00.0200000 to 01:00:00.")]
    [InlineData("Outbound:Planted:Retries", "3", "must be from 0 to 2.")]
    [InlineData("Outbound:Planted:RetryBudget", "1.5", "must be from 0 to 1.")]
    [InlineData("Outbound:Planted:MaxConcurrency", "0", "must be from 1 to 10000.")]
    [InlineData("Outbound:Planted:Patience", "1", "is no setting; here there are ")]
    [InlineData("Outbound:Plantd:Retries", "1", "is no setting; here there are ")]
    [InlineData("Outbounds:Planted:Retries", "1", "is no section; presumably Outbound is meant.")]
    [InlineData(Address, null, "is missing.")]
    [InlineData(Address, "things.example", "must be an absolute address that begins with http:// or https://.")]
    [InlineData(Address, "https://user@things.example", "must be scheme, host, port and path alone, without user, query or fragment.")]
    [InlineData("Outbound:Scanner:BaseAddress", "https://things.example", "is no setting; here there are ")]
    [InlineData("SafeHttp:Ports:0", "0", "must be ports, from 1 to 65535.")]
    public void An_unsound_setting_is_named(string key, string? value, string fault) =>
        Assert.StartsWith(fault, Assert.Single(Faults("Development", (Address, "http://things.example"), (key, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("https://things.example", "false", true)]
    [InlineData("http://things.example", "false", false)]
    [InlineData("http://things.example", "true", true)]
    [InlineData("http://127.0.0.1:9", "false", true)]
    [InlineData("http://localhost:9", "false", true)]
    public void Plain_http_is_for_this_machine_or_by_word_alone(string address, string allow, bool isSound)
    {
        var faults = Faults("Production", (Address, address), ("Outbound:Planted:AllowPlainHttp", allow));

        Assert.Equal(isSound, !faults.Any(fault => fault.Key == Address));
    }

    [Fact]
    public void A_name_is_given_once() => Assert.Throws<InvalidOperationException>(() => Faults("Development", [], twice: true));

    private static IReadOnlyList<SettingFault> Faults(string environment, params (string Key, string? Value)[] settings) => Faults(environment, settings, twice: false);

    private static IReadOnlyList<SettingFault> Faults(string environment, (string Key, string? Value)[] settings, bool twice)
    {
        var builder = ApiHost.Prepare(environment, settings);
        builder.AddOutboundClient<PlantedClient>("Planted");
        builder.AddOutboundPipeline(twice ? "Planted" : "Another");

        return builder.CheckSettings();
    }
}
