using System.Net;
using System.Net.Sockets;

namespace HardenedService.Operations;

/// <summary>Ports of 127.0.0.1 that are free at this moment. Nobody keeps them: they may be taken by the time that somebody listens.</summary>
internal static class FreePorts
{
    /// <summary>Some of them, each another one.</summary>
    public static int[] Take(int number)
    {
        var listeners = Enumerable.Range(0, number).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());

        return ports;
    }
}
