using System.Net.Sockets;
using System.Text;

namespace HardenedService.Tests.Infrastructure;

/// <summary>Sends what no well-behaved client would.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Writes the text as it stands and returns all that comes back until the server closes.</summary>
    public static async Task<string> SendAsync(Uri server, string request)
    {
        using var client = new TcpClient { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        await client.ConnectAsync(server.Host, server.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));

        return await ReadAsync(stream);
    }

    /// <summary>All that comes until the server closes, politely or not.</summary>
    public static async Task<string> ReadAsync(Stream stream)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var answer = new MemoryStream();

        try
        {
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // Reset: the server had more to read, and did not care to.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
