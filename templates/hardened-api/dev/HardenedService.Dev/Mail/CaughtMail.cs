using System.Text.RegularExpressions;

namespace HardenedService.Dev.Mail;

/// <summary>A mail as one of its recipients would read it.</summary>
/// <param name="To">The address that it was delivered to.</param>
/// <param name="Subject">The subject, decoded.</param>
/// <param name="Text">The plain text, decoded.</param>
/// <param name="Token">The one-time token in the mail's link, or null.</param>
internal sealed partial record CaughtMail(string To, string Subject, string Text, string? Token)
{
    /// <summary>Reads a message (RFC 5322) for one recipient.</summary>
    public static CaughtMail Read(string to, MimePart message)
    {
        var text = message.PlainText ?? "";
        var link = TokenInLink().Match(text);
        return new CaughtMail(to, message.Subject, text, link.Success ? link.Groups["token"].Value : null);
    }

    [GeneratedRegex(@"https?://\S*[#?&]token=(?<token>[A-Za-z0-9_~-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenInLink();
}
