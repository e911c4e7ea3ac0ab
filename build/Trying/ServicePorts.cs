using System.Net;
using System.Net.Sockets;

namespace HardenedStarter.Build.Trying;

/// <summary>The three ports of a service on this machine.</summary>
internal sealed record ServicePorts(int Port, int ManagementPort, int MailPort)
{
    // Below the range from which systems hand out ports for outgoing connections.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    public Uri Public => Local(Port);

    public Uri Management => Local(ManagementPort);

    public Uri Mails => new(Local(MailPort), "mails");

    public static ServicePorts Free()
    {
        var free = new List<int>();
        while (free.Count < 3)
        {
            var candidate = Random.Shared.Next(Lowest, Highest);
            if (!free.Contains(candidate) && IsFree(candidate))
            {
                free.Add(candidate);
            }
        }

        return new ServicePorts(free[0], free[1], free[2]);
    }

    private static Uri Local(int port) => new($"http://127.0.0.1:{port}/");

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
