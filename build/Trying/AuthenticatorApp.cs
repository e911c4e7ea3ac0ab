using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace HardenedStarter.Build.Trying;

/// <summary>What an authenticator app on a phone does (RFC 6238).</summary>
/// <param name="secret">The secret in base32, as a person types it in.</param>
internal sealed class AuthenticatorApp(string secret)
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int StepSeconds = 30;

    /// <summary>The code of this moment.</summary>
    public string Code() => CodeAt(Step());

    /// <summary>The code that comes after it, which a service takes a little early.</summary>
    public string NextCode() => CodeAt(Step() + 1);

    private static long Step() => DateTimeOffset.UtcNow.ToUnixTimeSeconds() / StepSeconds;

    [SuppressMessage("Security", "CA5350", Justification = "RFC 4226 names it.")]
    private string CodeAt(long step)
    {
        var counter = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = HMACSHA1.HashData(Decode(secret), counter);
        var code = (BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue) % 1_000_000;

        return code.ToString("D6", CultureInfo.InvariantCulture);
    }

    private static byte[] Decode(string text)
    {
        var bits = string.Concat(text.Select(character => Convert.ToString(Base32.IndexOf(character, StringComparison.Ordinal), toBase: 2).PadLeft(5, '0')));

        return [.. bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => Convert.ToByte(new string(octet), fromBase: 2))];
    }
}
