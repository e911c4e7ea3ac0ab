using System.Globalization;
using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>What a person tells of what was done.</summary>
internal static partial class RecordedFacts
{
    /// <summary>The fact that tells what was recorded by hand, or by a script, from what this program has measured.</summary>
    public const string IsTold = "told";

    private const int MostFacts = 20;
    private const int LongestText = 200;

    private static readonly string[] Reserved = [IsTold, "by", "note", "token"];

    /// <summary>The facts by their names, typed.</summary>
    /// <param name="kind">Of <see cref="EvidenceKind"/>.</param>
    /// <param name="by">Who tells it.</param>
    /// <param name="note">A sentence; null for none.</param>
    /// <param name="facts">Each as <c>name=value</c>.</param>
    /// <exception cref="UsageException">One is no fact, there are too many, or one is missing.</exception>
    public static Dictionary<string, object> Of(string kind, string by, string? note, IReadOnlyCollection<string> facts)
    {
        if (facts.Count > MostFacts)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"There are at most {MostFacts} facts."));
        }

        var told = new Dictionary<string, object> { [IsTold] = true, ["by"] = Checked("--by", by) };

        if (note is not null)
        {
            told["note"] = Checked("--note", note);
        }

        foreach (var fact in facts)
        {
            if (fact.Split('=', 2) is not [var name, var value] || !Name().IsMatch(name) || Reserved.Contains(name))
            {
                throw new UsageException($"'{fact}' is no fact: it looks like tookSeconds=840, and by, note and token have options of their own.");
            }

            if (!told.TryAdd(name, Typed(name, Checked(name, value), NeededFacts.FormOf(kind, name))))
            {
                throw new UsageException($"The fact {name} is there twice.");
            }
        }

        NeededFacts.Demand(kind, told);

        return told;
    }

    private static string Checked(string name, string text) => text.Trim() switch
    {
        "" => throw new UsageException($"{name} is empty."),
        { Length: > LongestText } => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is longer than {LongestText} characters.")),
        var trimmed when trimmed.Any(char.IsControl) => throw new UsageException($"{name} has characters that cannot be printed."),
        var trimmed => trimmed,
    };

    private static object Typed(string name, string value, FactForm? form) => form switch
    {
        FactForm.Text => value,
        FactForm.Truth => bool.TryParse(value, out var truth) ? truth : throw new UsageException($"{name} is true or false."),
        FactForm.Number => Number(value) is { } number && number >= 0 ? number : throw new UsageException($"{name} is a number, and not below 0."),
        _ when bool.TryParse(value, out var truth) => truth,

        // What reads like a number and is none, such as a version of 1.10, would be another one afterwards.
        _ when Number(value) is { } number && number.ToString(CultureInfo.InvariantCulture) == value => number,
        _ => value,
    };

    private static double? Number(string value) =>
        double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    [GeneratedRegex("^[a-z][A-Za-z0-9]{0,39}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
