using System.Net;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

public sealed class ShutdownTests(PostgresServer postgres)
{
    [Fact]
    public async Task On_SIGTERM_it_is_not_ready_at_once_serves_on_for_the_drain_delay_and_exits_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        using var api = ApiProgram.StartOn(database, ("Shutdown:DrainDelay", "00:00:08"));
        var addresses = await api.AddressesAsync();
        using var client = new HttpClient();
        var ready = new Uri($"{addresses[1]}/health/ready");
        await Eventually.HoldsAsync(async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.OK, "ready");

        await api.TerminateAsync();

        await Eventually.HoldsAsync(
            async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.ServiceUnavailable, "not ready any more");
        using var newClient = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await newClient.GetAsync(new Uri($"{addresses[0]}/v1/account"))).StatusCode);

        Assert.Equal(0, await api.ExitAsync());

        // Standard output is a pipe here: one JSON object a line.
        Assert.All(api.Output.TrimEnd('\n').Split('\n'), line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }
}
