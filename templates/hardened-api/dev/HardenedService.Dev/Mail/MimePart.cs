using System.Net.Mime;
using System.Text;
using System.Text.RegularExpressions;

namespace HardenedService.Dev.Mail;

/// <summary>A message or a part of one (RFC 2045, 2046, 2047), as far as mails of this service go. Its characters are bytes (Latin-1).</summary>
internal sealed partial class MimePart
{
    private const int DeepestNesting = 10;

    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _body;
    private readonly string _mediaType = "text/plain";
    private readonly string? _charset;
    private readonly string? _boundary;

    public MimePart(string source)
    {
        var end = source.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = end < 0 ? source : source[..end];
        _body = end < 0 ? "" : source[(end + 4)..];
        foreach (var line in Folding().Replace(head, " ").Split("\r\n"))
        {
            if (line.Split(':', 2) is [var name, var value])
            {
                _headers.TryAdd(name.Trim(), value.Trim());
            }
        }

        if (_headers.TryGetValue("Content-Type", out var header) && TryParse(header) is { } type)
        {
            _mediaType = type.MediaType;
            _charset = type.CharSet;
            _boundary = type.Boundary;
        }
    }

    /// <summary>The decoded subject; empty if there is none.</summary>
    public string Subject => DecodeWords(_headers.GetValueOrDefault("Subject", ""));

    /// <summary>The first part that is plain text, decoded; null if there is none.</summary>
    public string? PlainText => FindPlainText(DeepestNesting);

    private string? FindPlainText(int depth)
    {
        if (_boundary is null)
        {
            return string.Equals(_mediaType, MediaTypeNames.Text.Plain, StringComparison.OrdinalIgnoreCase) ? Decode() : null;
        }

        return depth == 0
            ? null
            : $"\r\n{_body}".Split($"\r\n--{_boundary}").Skip(1)
                .TakeWhile(part => !part.StartsWith("--", StringComparison.Ordinal))
                .Select(part => new MimePart(part[Math.Max(0, part.IndexOf("\r\n", StringComparison.Ordinal) + 2)..]).FindPlainText(depth - 1))
                .FirstOrDefault(text => text is not null);
    }

    private string Decode()
    {
        var bytes = _headers.GetValueOrDefault("Content-Transfer-Encoding", "").ToUpperInvariant() switch
        {
            "BASE64" => FromBase64(_body),
            "QUOTED-PRINTABLE" => FromQuotedPrintable(SoftBreak().Replace(_body, "")),
            _ => Encoding.Latin1.GetBytes(_body),
        };
        return EncodingOf(_charset).GetString(bytes).ReplaceLineEndings("\n").TrimEnd('\n');
    }

    // The white space between two encoded words is no part of the text (RFC 2047, 6.2).
    private static string DecodeWords(string value) => EncodedWord().Replace(BetweenWords().Replace(value, ""), word =>
    {
        var text = word.Groups["text"].Value;
        var bytes = word.Groups["encoding"].ValueSpan is "B" or "b" ? FromBase64(text) : FromQuotedPrintable(text.Replace('_', ' '));
        return EncodingOf(word.Groups["charset"].Value).GetString(bytes);
    });

    private static byte[] FromBase64(string value)
    {
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out var written) ? bytes[..written] : Encoding.Latin1.GetBytes(value);
    }

    private static byte[] FromQuotedPrintable(string value) => Encoding.Latin1.GetBytes(
        EscapedByte().Replace(value, escape => ((char)Convert.FromHexString(escape.ValueSpan[1..])[0]).ToString()));

    private static Encoding EncodingOf(string? charset)
    {
        try
        {
            return Encoding.GetEncoding(charset ?? "utf-8");
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    private static ContentType? TryParse(string header)
    {
        try
        {
            return new ContentType(header);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\r\n[ \t]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Folding();

    [GeneratedRegex(@"=[ \t]*\r\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SoftBreak();

    [GeneratedRegex("=[0-9A-Fa-f]{2}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EscapedByte();

    [GeneratedRegex(@"(?<=\?=)\s+(?==\?)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"=\?(?<charset>[^?]+)\?(?<encoding>[BbQq])\?(?<text>[^?]*)\?=", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EncodedWord();
}
