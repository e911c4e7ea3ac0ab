using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Hosting;

[Wall("K3")]
public sealed class ShutdownTests(PostgresServer postgres)
{
    private static readonly string Registration = JsonSerializer.Serialize(new { email = "someone@example.org", password = People.Password });

    [Fact]
    public async Task On_SIGTERM_it_is_not_ready_at_once_serves_on_for_the_drain_delay_and_exits_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        using var api = ApiProgram.StartOn(database, ("Shutdown:DrainDelay", "00:00:08"), ("Health:KeepFor", "00:01:00"));
        var addresses = await api.AddressesAsync();
        using var client = new HttpClient();
        var ready = new Uri($"{addresses[1]}/health/ready");
        var account = new Uri($"{addresses[0]}/v1/account");
        await Eventually.HoldsAsync(async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.OK, "ready");
        Assert.NotEqual(true, (await client.GetAsync(account)).Headers.ConnectionClose);

        await api.TerminateAsync();

        // What is kept of the checks does not hide it.
        await Eventually.HoldsAsync(
            async () => (await client.GetAsync(ready)).StatusCode == HttpStatusCode.ServiceUnavailable, "not ready any more");
        using var newClient = new HttpClient();

        foreach (var sender in new[] { client, newClient })
        {
            var answer = await sender.GetAsync(account);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.True(answer.Headers.ConnectionClose);
        }

        Assert.Equal(0, await api.ExitAsync());

        // Standard output is a pipe here: one JSON object a line.
        Assert.All(api.Output.TrimEnd('\n').Split('\n'), line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }

    [Fact]
    public async Task What_is_being_sent_at_SIGTERM_is_received_and_answered_however_often_it_is_told_to_stop()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        using var api = ApiProgram.StartOn(database);
        var address = new Uri((await api.AddressesAsync())[0]);
        using var upload = await BeginAsync(address, Encoding.UTF8.GetByteCount(Registration));
        await upload.WriteAsync(Encoding.UTF8.GetBytes(Registration[..20]));

        await api.TerminateAsync();
        await Eventually.HoldsAsync(() => IsRefusedAsync(address), "no new connections");
        await api.TerminateAsync();
        await api.SignalAsync("INT");
        await upload.WriteAsync(Encoding.UTF8.GetBytes(Registration[20..]));

        using var answer = new StreamReader(upload);
        var text = await answer.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 202", text, StringComparison.Ordinal);
        Assert.Contains("Connection: close", text);
        Assert.Equal(0, await api.ExitAsync());
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_cut_off_and_it_exits_with_0_all_the_same()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals to send.");
        await using var database = await postgres.CreateDatabaseAsync();
        using var api = ApiProgram.StartOn(database, ("Shutdown:Timeout", "00:00:01"));
        using var upload = await BeginAsync(new Uri((await api.AddressesAsync())[0]), Encoding.UTF8.GetByteCount(Registration));
        await upload.WriteAsync(Encoding.UTF8.GetBytes(Registration[..20]));

        await api.TerminateAsync();

        Assert.Equal(0, await api.ExitAsync());
    }

    // Returns once the service has begun to read the body: before that, the connection could still be waiting to be accepted.
    private static async Task<NetworkStream> BeginAsync(Uri address, int length)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/accounts HTTP/1.1\r\nHost: {address.Authority}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"));
        var goOn = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await stream.ReadExactlyAsync(goOn, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(goOn), StringComparison.Ordinal);

        return stream;
    }

    private static async Task<bool> IsRefusedAsync(Uri address)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);

        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
