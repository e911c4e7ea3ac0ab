using System.Buffers;
using System.Globalization;
using System.Text;

namespace HardenedService.Platform.Validation;

/// <summary>What text of people may consist of.</summary>
internal static class UnicodeText
{
    // No more than four UTF-16 units compose into one character: a longer text cannot come down to the limit.
    private const int MaxUnitsPerCharacter = 4;

    private const int MaxMarks = 30;

    /// <summary>
    /// Whether the text is valid Unicode in normalization form C, of at most so many code points, each of an acceptable kind.
    /// </summary>
    public static bool IsAcceptable(string text, int maxLength, Func<Rune, bool> isAcceptable)
    {
        if (text.Length > maxLength * MaxUnitsPerCharacter)
        {
            return false;
        }

        var length = 0;

        for (var rest = text.AsSpan(); !rest.IsEmpty; length++)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var units) != OperationStatus.Done || !isAcceptable(rune))
            {
                return false;
            }

            rest = rest[units..];
        }

        return length <= maxLength && text.IsNormalized();
    }

    /// <summary>
    /// Whether no character carries more marks than any script has use for: the limit of the Stream-Safe Text Format (Unicode Standard Annex
    /// 15, section 13). Until then, a text must not be normalized.
    /// </summary>
    public static bool IsStreamSafe(string text)
    {
        if (Ascii.IsValid(text))
        {
            return true;
        }

        var marks = 0;

        for (var i = 0; i < text.Length; i++)
        {
            marks = CharUnicodeInfo.GetUnicodeCategory(text, i) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                ? marks + 1
                : char.IsLowSurrogate(text[i]) ? marks : 0;

            if (marks > MaxMarks)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Neither control nor line separator nor, in the category of format characters, bidi control, zero-width or tag character.</summary>
    public static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>Line feeds and tabs are fine, and joiners, which some scripts and emoji need. Bidi embeddings, overrides and isolates are not.</summary>
    public static bool IsVisibleOrLayout(Rune rune) =>
        rune.Value is '\n' or '\t'
            || (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Control && rune.Value is not ((>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069)));
}
