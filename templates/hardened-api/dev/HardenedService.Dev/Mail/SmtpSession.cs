using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;

namespace HardenedService.Dev.Mail;

/// <summary>One connection to the mail catcher (RFC 5321): any number of mails, one after the other, none forwarded.</summary>
internal sealed partial class SmtpSession(Stream stream, Action<CaughtMail> deliver)
{
    private const int LongestLine = 64 * 1024;
    private const int LargestMessage = 10 * 1024 * 1024;
    private const int MostRecipients = 100;

    private readonly PipeReader _reader = PipeReader.Create(stream);
    private readonly List<string> _recipients = [];
    private bool _hasSender;

    /// <summary>Serves until the client is done.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        await ReplyAsync("220 localhost mail catcher", cancel);
        while (await ReadLineAsync(cancel) is { } line)
        {
            var verb = line.Split(' ', 2)[0].ToUpperInvariant();
            if (verb == "DATA" && _recipients.Count > 0)
            {
                await ReplyAsync("354 End the mail with a line that holds a dot alone", cancel);
                await ReplyAsync(await ReceiveAsync(cancel), cancel);
                continue;
            }

            await ReplyAsync(Answer(verb, line), cancel);
            if (verb == "QUIT")
            {
                return;
            }
        }
    }

    private string Answer(string verb, string line) => verb switch
    {
        "HELO" => Reset("250 localhost"),
        "EHLO" => Reset($"250-localhost\r\n250-SIZE {LargestMessage}\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8"),
        "MAIL" => Sender(line),
        "RCPT" => Recipient(line),
        "DATA" => "503 Name a sender and a recipient first",
        "RSET" => Reset("250 OK"),
        "NOOP" => "250 OK",
        "QUIT" => "221 Bye",
        _ => "502 Not known here",
    };

    private string Reset(string answer)
    {
        _hasSender = false;
        _recipients.Clear();
        return answer;
    }

    private string Sender(string line)
    {
        if (!Path().IsMatch(line))
        {
            return "501 MAIL FROM:<address>";
        }

        Reset("");
        _hasSender = true;
        return "250 OK";
    }

    private string Recipient(string line)
    {
        var address = Path().Match(line).Groups["address"].Value;
        if (!_hasSender || address.Length == 0 || _recipients.Count == MostRecipients)
        {
            return !_hasSender ? "503 Name a sender first" : address.Length == 0 ? "501 RCPT TO:<address>" : "452 Too many recipients";
        }

        _recipients.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(address)));
        return "250 OK";
    }

    private async Task<string> ReceiveAsync(CancellationToken cancel)
    {
        var source = new StringBuilder();
        var size = 0;
        while (await ReadLineAsync(cancel) is { } line)
        {
            if (line == ".")
            {
                return size > LargestMessage ? Reset("552 The mail is too large") : Deliver(source.ToString());
            }

            size += line.Length + 2;
            if (size <= LargestMessage)
            {
                // A line that began with a dot was sent with one more (RFC 5321, 4.5.2).
                source.Append(line.AsSpan(line.StartsWith('.') ? 1 : 0)).Append("\r\n");
            }
        }

        return Reset("421 The mail is incomplete");
    }

    private string Deliver(string source)
    {
        var message = new MimePart(source);
        _recipients.ForEach(recipient => deliver(CaughtMail.Read(recipient, message)));
        return Reset("250 Caught");
    }

    private async ValueTask<string?> ReadLineAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancel);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            if (read.IsCompleted || read.Buffer.Length > LongestLine)
            {
                return null;
            }

            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private ValueTask ReplyAsync(string answer, CancellationToken cancel) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), cancel);

    [GeneratedRegex("^(MAIL FROM|RCPT TO): *<(?<address>[^>]*)>", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Path();
}
