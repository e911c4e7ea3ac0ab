using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HardenedService.Api.Identity;

/// <summary>
/// Time-based one-time passwords (RFC 6238, on RFC 4226): SHA-1, six digits and steps of 30 seconds, which is what authenticator apps
/// understand. Pure arithmetic: the caller says what time it is, and which steps were used.
/// </summary>
internal static class Totp
{
    /// <summary>The length of a code.</summary>
    public const int Digits = 6;

    private const int Modulus = 1_000_000;
    private const int StepSeconds = 30;

    // RFC 4226, section 4, R6: 160 bits.
    private const int SecretLength = 20;

    // RFC 6238, section 5.2: one step either way, for clocks that are a little wrong and people who type slowly.
    private const int Drift = 1;

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretLength);

    public static long StepAt(long unixSeconds) => unixSeconds / StepSeconds;

    [SuppressMessage("Security", "CA5350", Justification = "RFC 4226 names HMAC-SHA-1, and authenticator apps know nothing else. Collisions do not touch it.")]
    public static string CodeAt(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> message = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(message, step);
        HMACSHA1.HashData(secret, message, hash);

        // RFC 4226, section 5.3: 31 bits from where the last four say.
        var truncated = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;

        return (truncated % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step that a code belongs to, of the present one and its neighbours; null if it belongs to none.</summary>
    public static long? StepOf(ReadOnlySpan<byte> secret, string code, long present)
    {
        long? found = null;

        // Every step is looked at, each to its end: the time that it takes does not tell how near a guess was.
        for (var step = present - Drift; step <= present + Drift; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes<char>(CodeAt(secret, step)), MemoryMarshal.AsBytes<char>(code)))
            {
                found = step;
            }
        }

        return found;
    }

    /// <summary>What an authenticator app reads from a QR code (the format that its makers call key URI).</summary>
    /// <param name="issuer">The service's name.</param>
    /// <param name="account">What the person knows the account by.</param>
    /// <param name="secret">The secret.</param>
    public static string Uri(string issuer, string account, ReadOnlySpan<byte> secret)
    {
        // A colon parts the two, and so stands in neither.
        issuer = System.Uri.EscapeDataString(issuer.Replace(":", "", StringComparison.Ordinal));
        account = System.Uri.EscapeDataString(account.Replace(":", "", StringComparison.Ordinal));

        return $"otpauth://totp/{issuer}:{account}?secret={Base32.Encode(secret)}&issuer={issuer}&algorithm=SHA1&digits={Digits}&period={StepSeconds}";
    }
}
