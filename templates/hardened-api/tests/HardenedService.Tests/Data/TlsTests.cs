using System.Net;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Data;

[Wall("J1")]
public sealed class TlsTests(TlsServer server) : IClassFixture<TlsServer>
{
    [Fact]
    public async Task With_the_servers_authority_the_api_is_ready_and_every_connection_is_encrypted()
    {
        using var host = ApiHost.Start(Verified("authority.crt"));

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/health/ready")).StatusCode);
        var encrypted = await server.AreEncryptedAsync();
        Assert.NotEmpty(encrypted);
        Assert.DoesNotContain(false, encrypted);
    }

    [Fact]
    public async Task With_another_authority_the_api_is_not_ready() => await IsNotReadyAsync(Verified("other-authority.crt"));

    [Fact]
    public async Task Under_a_name_that_the_certificate_does_not_hold_the_api_is_not_ready() =>
        await IsNotReadyAsync(Verified("authority.crt").Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

    [Fact]
    public async Task Without_tls_the_server_lets_nobody_in() => await IsNotReadyAsync(server.AppConnectionString("SSL Mode=Disable"));

    [Fact]
    public async Task In_production_with_everything_in_order_the_api_starts()
    {
        using var api = ApiProgram.Start("Production", ProductionSettings.Sound(
            server.Certificates.KeyRing("key-ring", "a password of its own"), Verified("authority.crt"), "a password of its own"));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var management = (await api.AddressesAsync())[1];

        await Eventually.HoldsAsync(
            async () => (await client.GetAsync(new Uri($"{management}/health/ready"))).StatusCode == HttpStatusCode.OK, "ready");
        Assert.Equal("", api.Error);
    }

    private static async Task IsNotReadyAsync(string database)
    {
        using var host = ApiHost.Start(database);
        var ready = await host.Management.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("unhealthy", (await ready.JsonAsync()).GetProperty("checks").GetProperty("database").GetProperty("status").GetString());
    }

    private string Verified(string authority) =>
        server.AppConnectionString($"SSL Mode=VerifyFull;Root Certificate={server.Certificates.Path(authority)}");
}
