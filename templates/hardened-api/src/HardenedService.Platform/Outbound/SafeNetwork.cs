using System.Net;
using System.Net.Sockets;

namespace HardenedService.Platform.Outbound;

/// <summary>The two things that <see cref="SafeHttp"/> asks of the network.</summary>
internal interface ISafeNetwork
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel);

    /// <summary>Connects to exactly this address.</summary>
    Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancel);
}

internal sealed class SafeNetwork : ISafeNetwork
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel) => Dns.GetHostAddressesAsync(host, cancel);

    public async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            await socket.ConnectAsync(address, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
