using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A mail server that can be awkward: it keeps what it hears, and whether that came by TLS.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public SmtpServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Offers STARTTLS with this certificate; null to offer none.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Takes connections and never says a word.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What it replies to a verb in place of success.</summary>
    public ConcurrentDictionary<string, string> Replies { get; } = new();

    /// <summary>Every line that a client sent, and whether it was encrypted.</summary>
    public ConcurrentQueue<(string Line, bool IsEncrypted)> Heard { get; } = new();

    /// <summary>How many mails it took.</summary>
    public int Taken => Heard.Count(heard => heard.Line == ".");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                continue;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                if (IsSilent)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                await ConverseAsync(client.GetStream(), isEncrypted: false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
            {
                return;
            }
        }
    }

    private async Task ConverseAsync(Stream stream, bool isEncrypted)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);

        if (!isEncrypted)
        {
            await SayAsync(stream, "220 awkward");
        }

        for (var isData = false; await reader.ReadLineAsync(_stop.Token) is { } line;)
        {
            Heard.Enqueue((line, isEncrypted));
            var verb = isData ? (line == "." ? "." : "") : line.Split(' ', ':')[0].ToUpperInvariant();

            if (verb.Length == 0)
            {
                continue;
            }

            isData = verb == "DATA" && !Replies.ContainsKey(verb);

            if (verb == "STARTTLS" && Certificate is { } certificate)
            {
                await SayAsync(stream, "220 go ahead");
                await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _stop.Token);
                await ConverseAsync(tls, isEncrypted: true);
                return;
            }

            await SayAsync(stream, Replies.GetValueOrDefault(verb) ?? verb switch
            {
                "EHLO" => Certificate is null || isEncrypted ? "250 awkward" : "250-awkward\r\n250 STARTTLS",
                "DATA" => "354 go ahead",
                "QUIT" => "221 bye",
                _ => "250 fine",
            });
        }
    }

    private async Task SayAsync(Stream stream, string reply) => await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), _stop.Token);
}
