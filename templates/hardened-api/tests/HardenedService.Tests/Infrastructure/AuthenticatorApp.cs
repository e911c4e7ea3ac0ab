using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace HardenedService.Tests.Infrastructure;

/// <summary>What a person's phone does (RFC 6238), written for the tests alone: it shares no line with the service.</summary>
/// <param name="secret">The secret in base32, as the person types it in.</param>
internal sealed class AuthenticatorApp(string secret)
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public byte[] Secret { get; } = Decode(secret);

    [SuppressMessage("Security", "CA5350", Justification = "RFC 4226 names it.")]
    public string CodeAt(long step)
    {
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = HMACSHA1.HashData(Secret, counter);
        var code = BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(hash[19] % 16)) % 0x8000_0000 % 1_000_000;

        return code.ToString("D6", CultureInfo.InvariantCulture);
    }

    private static byte[] Decode(string text)
    {
        var bits = string.Concat(text.Select(character => Convert.ToString(Base32.IndexOf(character, StringComparison.Ordinal), toBase: 2).PadLeft(5, '0')));

        return [.. bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => Convert.ToByte(new string(octet), fromBase: 2))];
    }
}
