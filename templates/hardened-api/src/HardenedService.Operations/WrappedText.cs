namespace HardenedService.Operations;

/// <summary>Text in lines of a width.</summary>
internal static class WrappedText
{
    /// <summary>
    /// Breaks at blanks; a word that is longer than a line is cut. A control character, which would steer the terminal, is a question mark.
    /// </summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";

        var visible = string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));

        foreach (var word in visible.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => word.Chunk(width).Select(part => new string(part))))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
