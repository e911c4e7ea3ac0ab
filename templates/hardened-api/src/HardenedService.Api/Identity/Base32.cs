using System.Text;

namespace HardenedService.Api.Identity;

/// <summary>Base32 (RFC 4648, section 6) without padding: letters and digits that people type without mistaking one for another.</summary>
internal static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int BitsPerCharacter = 5;

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var (buffer, bits) = (0, 0);

        foreach (var value in bytes)
        {
            (buffer, bits) = ((buffer << 8) | value, bits + 8);

            for (; bits >= BitsPerCharacter; bits -= BitsPerCharacter)
            {
                text.Append(Alphabet[(buffer >> (bits - BitsPerCharacter)) & 31]);
            }

            // What has been written is not carried on.
            buffer &= (1 << bits) - 1;
        }

        // The last bits, filled up with zeroes.
        return bits == 0 ? text.ToString() : text.Append(Alphabet[(buffer << (BitsPerCharacter - bits)) & 31]).ToString();
    }
}
