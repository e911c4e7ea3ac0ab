namespace HardenedService.Platform.Configuration;

/// <summary>Tells a slip of the keyboard from a word of its own.</summary>
internal static class Spelling
{
    /// <summary>The name that was presumably meant: at most two letters away, one in a short word. Null if there is none.</summary>
    public static string? Nearest(string written, IEnumerable<string> names) =>
        names.FirstOrDefault(name => Distance(written.ToUpperInvariant(), name.ToUpperInvariant()) <= (name.Length < 6 ? 1 : 2));

    // Levenshtein's, row by row.
    private static int Distance(string written, string name)
    {
        var row = Enumerable.Range(0, name.Length + 1).ToArray();

        for (var i = 1; i <= written.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;

            for (var j = 1; j <= name.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (written[i - 1] == name[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[name.Length];
    }
}
