using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardenedService.Dev.Mail;

namespace HardenedService.Tests.Infrastructure;

/// <summary>A mail server that can be awkward: it keeps what it hears, and whether that came by TLS.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly LoopbackListener _listener;

    public SmtpServer() => _listener = new LoopbackListener(ServeAsync);

    public int Port => _listener.Port;

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

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Stream stream, CancellationToken stop)
    {
        if (IsSilent)
        {
            await Task.Delay(Timeout.Infinite, stop);
        }

        await ConverseAsync(stream, isEncrypted: false, stop);
    }

    private async Task ConverseAsync(Stream stream, bool isEncrypted, CancellationToken stop)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);

        if (!isEncrypted)
        {
            await SayAsync(stream, "220 awkward", stop);
        }

        for (var isData = false; await reader.ReadLineAsync(stop) is { } line;)
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
                await SayAsync(stream, "220 go ahead", stop);
                await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
                await ConverseAsync(tls, isEncrypted: true, stop);
                return;
            }

            await SayAsync(stream, Replies.GetValueOrDefault(verb) ?? verb switch
            {
                "EHLO" => Certificate is null || isEncrypted ? "250 awkward" : "250-awkward\r\n250 STARTTLS",
                "DATA" => "354 go ahead",
                "QUIT" => "221 bye",
                _ => "250 fine",
            }, stop);
        }
    }

    private static async Task SayAsync(Stream stream, string reply, CancellationToken stop) => await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), stop);
}
