using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HardenedService.Platform.Security;

/// <summary>
/// A random secret of 256 bits that means nothing by itself: a prefix that tells its purpose (and lets secret scanners find it), and
/// base64url (RFC 4648, section 5). Only its SHA-256 is ever stored.
/// </summary>
public static class OpaqueToken
{
    /// <summary>The prefix of a session's token.</summary>
    public const string SessionPrefix = "hs1_";

    /// <summary>The prefix of a token that travels by mail.</summary>
    public const string MailPrefix = "hm1_";

    /// <summary>The prefix of a ticket, which ties the steps of a sign-in or of a passkey ceremony together.</summary>
    public const string TicketPrefix = "ht1_";

    /// <summary>More than any token has: what is longer is no token, and need not be looked at.</summary>
    public const int MaxLength = 128;

    private const int Bytes = 32;
    private const int EncodedLength = 43;

    /// <summary>Draws a new token.</summary>
    /// <param name="prefix">The prefix of its purpose.</param>
    /// <returns>The token, to be handed out once.</returns>
    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>What the database holds in place of the token.</summary>
    /// <param name="token">The token.</param>
    /// <returns>Its SHA-256, 32 bytes.</returns>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.ASCII.GetBytes(token));

    /// <summary>Tells whether a text has the shape of a token, so that junk never reaches the database.</summary>
    /// <param name="token">What the client sent.</param>
    /// <param name="prefix">The prefix of the purpose at hand.</param>
    /// <returns>True if it could be a token that we issued.</returns>
    public static bool IsWellFormed(string? token, string prefix) =>
        token is not null
            && token.Length == prefix.Length + EncodedLength
            && token.StartsWith(prefix, StringComparison.Ordinal)
            && Base64Url.IsValid(token.AsSpan(prefix.Length));
}
