using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HardenedService.Tests.Outbound;

/// <summary>A request as the faulty server got it.</summary>
internal sealed record ReceivedRequest(string Method, string Path, ILookup<string, string> Headers, string Body);

/// <summary>Another system that does what a test tells it to, on bare TCP, for no web server would do such things.</summary>
internal sealed class FaultyServer(X509Certificate2? certificate = null) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;
    private int _ended;

    /// <summary>What it does with a request. Keeps the connection open, unless it throws.</summary>
    public Func<ReceivedRequest, Stream, CancellationToken, Task> Behavior { get; set; } = Json("{}");

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = new();

    /// <summary>How many connections have ended.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public Uri Address => new($"http://{EndPoint}/");

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public static FaultyServer Start(X509Certificate2? certificate = null)
    {
        var server = new FaultyServer(certificate);
        server._listener.Start(backlog: 512);
        server._accepting = server.AcceptAsync();

        return server;
    }

    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Json(string json) =>
        Whole(200, "Content-Type: application/json\r\n", json);

    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Status(int status, params string[] headers) =>
        Whole(status, string.Concat(headers.Select(header => $"{header}\r\n")), "canary of the other system's body");

    /// <summary>An answer whose length is told truly.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Whole(int status, string headers, string body) =>
        Raw(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    /// <summary>Exactly these bytes.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Raw(string bytes) =>
        async (_, stream, stop) => await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stop);

    /// <summary>No answer, ever.</summary>
    public static Task Hang(ReceivedRequest request, Stream stream, CancellationToken stop) => Task.Delay(Timeout.Infinite, stop);

    /// <summary>RST instead of an answer.</summary>
    public static Task Reset(ReceivedRequest request, Stream stream, CancellationToken stop) => throw new ResetException();

    /// <summary>The end of the connection instead of an answer.</summary>
    public static Task Close(ReceivedRequest request, Stream stream, CancellationToken stop) => throw new IOException("close");

    /// <summary>A first part of the answer, then another each time the test says so.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Parts(string first, Func<CancellationToken, Task<string>> next) =>
        async (_, stream, stop) =>
        {
            for (var part = first; ; part = await next(stop))
            {
                stop.ThrowIfCancellationRequested();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(part), stop);
            }
        };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();

        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient connection)
    {
        try
        {
            await using var stream = await OpenAsync(connection);

            while (await ReadAsync(stream, _stop.Token) is { } request)
            {
                Requests.Enqueue(request);

                try
                {
                    await Behavior(request, stream, _stop.Token);
                }
                catch (ResetException)
                {
                    connection.LingerState = new LingerOption(enable: true, seconds: 0);
                    return;
                }
            }
        }
        catch (Exception)
        {
            // The client has gone, or the test is over. What it means is seen from the client's side.
        }
        finally
        {
            connection.Dispose();
            Interlocked.Increment(ref _ended);
        }
    }

    private async Task<Stream> OpenAsync(TcpClient connection)
    {
        if (certificate is null)
        {
            return connection.GetStream();
        }

        var tls = new SslStream(connection.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _stop.Token);

        return tls;
    }

    private static async Task<ReceivedRequest?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        var octet = new byte[1];

        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(octet, stop) == 0)
            {
                return null;
            }

            head.Append((char)octet[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers["Content-Length"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, stop);
        var words = lines[0].Split(' ');

        return new ReceivedRequest(words[0], words[1], headers, Encoding.UTF8.GetString(body));
    }

    private sealed class ResetException : Exception;
}
