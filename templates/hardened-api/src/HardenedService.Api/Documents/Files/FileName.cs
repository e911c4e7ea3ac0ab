using System.Globalization;
using System.Text;

namespace HardenedService.Api.Documents.Files;

/// <summary>Makes the name that a file came with harmless: it is shown to people, and files are saved under it.</summary>
internal static class FileName
{
    public const int MaxLength = 150;

    private const string Nameless = "document";

    private static readonly string[] Devices =
    [
        "CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(number => new[] { $"COM{number}", $"LPT{number}" }),
    ];

    /// <summary>
    /// The last part of a path, without characters that hide, turn others around or mean something to a file system, neither hidden nor a
    /// device, of bounded length, and with an ending of its type: what is text by its bytes is not saved as a program.
    /// </summary>
    /// <param name="name">As the client sent it, or nothing.</param>
    /// <param name="type">What the file is by its bytes.</param>
    public static string Of(string? name, FileType type)
    {
        var clean = Clean(name ?? "");
        var ending = type.Endings.FirstOrDefault(known => clean.EndsWith(known, StringComparison.OrdinalIgnoreCase));
        var stem = Shortened(ending is null ? clean : clean[..^ending.Length], MaxLength - (ending ?? type.Endings[0]).Length).Trim(' ', '.');

        if (Devices.Contains(stem.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase))
        {
            stem = $"_{stem}";
        }

        return $"{(stem.Length == 0 ? Nameless : stem)}{(ending is null ? type.Endings[0] : clean[^ending.Length..])}";
    }

    private static string Clean(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = new StringBuilder();

        foreach (var rune in last.EnumerateRunes())
        {
            if (rune != Rune.ReplacementChar && !IsHarmful(rune))
            {
                clean.Append(rune);
            }
        }

        return clean.ToString().Normalize().TrimEnd(' ', '.');
    }

    private static bool IsHarmful(Rune rune) =>
        rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' or '%' or ';'
            || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static string Shortened(string text, int maxLength)
    {
        var shortened = new StringBuilder();

        foreach (var rune in text.EnumerateRunes().Take(maxLength))
        {
            shortened.Append(rune);
        }

        return shortened.ToString();
    }
}
