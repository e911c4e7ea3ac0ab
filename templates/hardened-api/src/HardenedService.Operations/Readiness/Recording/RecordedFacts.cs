using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>What a person tells of what was done.</summary>
internal static partial class RecordedFacts
{
    private const int MostFacts = 20;
    private const int LongestText = 200;

    private static readonly string[] OfOptions = ["by", "note", "token"];

    /// <summary>The facts by their names, typed.</summary>
    /// <exception cref="UsageException">One is no fact, or there are too many.</exception>
    public static Dictionary<string, object> Of(string? by, string? note, IReadOnlyCollection<string> facts)
    {
        if (facts.Count > MostFacts)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"There are at most {MostFacts} facts."));
        }

        Dictionary<string, object> told = [];
        Add("by", by);
        Add("note", note);

        foreach (var fact in facts)
        {
            if (fact.Split('=', 2) is not [var name, var value] || !Name().IsMatch(name) || OfOptions.Contains(name))
            {
                throw new UsageException($"'{fact}' is no fact: it looks like tookSeconds=840, and by, note and token have options of their own.");
            }

            if (!told.TryAdd(name, Typed(Checked(name, value))))
            {
                throw new UsageException($"The fact {name} is there twice.");
            }
        }

        return told;

        void Add(string name, string? text)
        {
            if (text is not null)
            {
                told[name] = Checked($"--{name}", text);
            }
        }
    }

    private static string Checked(string name, string text) => text.Trim() switch
    {
        "" => throw new UsageException($"{name} is empty."),
        { Length: > LongestText } => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is longer than {LongestText} characters.")),
        var trimmed when trimmed.Any(char.IsControl) => throw new UsageException($"{name} has characters that cannot be printed."),
        var trimmed => trimmed,
    };

    private static object Typed(string value) =>
        bool.TryParse(value, out var truth) ? truth
            : double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : value;

    [GeneratedRegex("^[a-z][A-Za-z0-9]{0,39}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
