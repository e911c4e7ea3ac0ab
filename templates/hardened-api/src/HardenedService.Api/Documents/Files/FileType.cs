using System.Text;

namespace HardenedService.Api.Documents.Files;

/// <summary>A kind of file that is taken, and the endings of its name.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Endings">What names of such files end with; the first one is added to a name that ends otherwise.</param>
internal sealed record FileType(string ContentType, params IReadOnlyList<string> Endings)
{
    public static readonly FileType Pdf = new("application/pdf", ".pdf");
    public static readonly FileType Png = new("image/png", ".png");
    public static readonly FileType Jpeg = new("image/jpeg", ".jpg", ".jpeg");
    public static readonly FileType Text = new("text/plain", ".txt", ".md", ".csv", ".log");

    /// <summary>All that are taken.</summary>
    public static readonly IReadOnlyList<FileType> All = [Pdf, Png, Jpeg, Text];

    /// <summary>As many bytes as <see cref="Of"/> needs.</summary>
    public const int HeadLength = 8;

    /// <summary>The type by the first bytes; null if these are no document's. What begins as none of the others may be text: all of it has to be.</summary>
    public static FileType? Of(ReadOnlySpan<byte> head) =>
        head.StartsWith("%PDF-"u8) ? Pdf
        : head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? Png
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? Jpeg
        : head.IsEmpty ? null
        : Text;
}

/// <summary>Whether bytes that arrive piece by piece are text: UTF-8 without control characters, but for those of layout.</summary>
internal sealed class TextCheck
{
    private readonly Decoder _decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
    private readonly char[] _characters = new char[4096];

    /// <summary>Looks at the next piece.</summary>
    /// <param name="bytes">The piece; empty at the end.</param>
    /// <param name="isEnd">Whether nothing follows it.</param>
    /// <returns>False once it is certain that this is no text.</returns>
    public bool Accepts(ReadOnlySpan<byte> bytes, bool isEnd = false)
    {
        try
        {
            bool isCompleted;

            do
            {
                _decoder.Convert(bytes, _characters, flush: isEnd, out var used, out var count, out isCompleted);
                bytes = bytes[used..];

                foreach (var character in _characters.AsSpan(0, count))
                {
                    if (char.IsControl(character) && character is not ('\t' or '\n' or '\r' or '\f'))
                    {
                        return false;
                    }
                }
            }
            while (!isCompleted);

            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
