using System.Text.RegularExpressions;

namespace HardenedService.Operations.Readiness.Monitoring;

/// <summary>A selector of series: a metric's name, and the labels that it is matched by.</summary>
internal sealed record Selector(string Metric, IReadOnlyList<string> Labels);

/// <summary>What an expression for Prometheus looks at. Whether it can be evaluated is for promtool to say.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words =
        ["and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "Inf", "NaN"];

    /// <summary>The series that it selects.</summary>
    public static IReadOnlyList<Selector> Selectors(string expression) =>
    [
        .. SelectorPattern().Matches(Ranges().Replace(Clauses().Replace(expression, " "), ""))
            .Where(selector => !Words.Contains(selector.Groups["metric"].Value))
            .Select(selector => new Selector(
                selector.Groups["metric"].Value, [.. Matcher().Matches(selector.Groups["labels"].Value).Select(matcher => matcher.Groups["label"].Value)])),
    ];

    /// <summary>The labels that it groups or joins by.</summary>
    public static IReadOnlyList<string> Groupings(string expression) =>
    [
        .. Clauses().Matches(expression)
            .SelectMany(clause => clause.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct(),
    ];

    /// <summary>What nobody could evaluate: nothing, a bracket or a quotation mark without its other half, an operator at the end. Null if it reads well so far.</summary>
    public static string? FaultOf(string expression)
    {
        var bare = Comments().Replace(Literals().Replace(expression, ""), "");
        var open = new Stack<char>();

        foreach (var character in bare)
        {
            if (character is '(' or '[' or '{')
            {
                open.Push(character);
            }
            else if (character is ')' or ']' or '}' && (!open.TryPop(out var other) || other != Opening(character)))
            {
                return $"{character} closes nothing";
            }
        }

        return string.IsNullOrWhiteSpace(expression) ? "it is empty"
            : bare.AsSpan().ContainsAny("\"'`") ? "a quotation mark has no other half"
            : open.TryPop(out var left) ? $"{left} is never closed"
            : Unfinished().IsMatch(bare) ? "it ends before it is complete"
            : null;
    }

    private static char Opening(char closing) => closing switch { ')' => '(', ']' => '[', _ => '{' };

    [GeneratedRegex(@"#.*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comments();

    [GeneratedRegex(@"""([^""\\]|\\.)*""|'([^'\\]|\\.)*'|`[^`]*`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literals();

    [GeneratedRegex(@"(^\s*[*/%<>=,]|([-+*/%^<>=!,]|\b(and|or|unless|by|on|offset))\s*$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Clauses();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset \w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ranges();

    // A name before a parenthesis is a function.
    [GeneratedRegex(@"(?<![\w:.""])(?<metric>(?>[a-zA-Z_:][\w:]*))(?!\s*\()\s*(\{(?<labels>[^}]*)\})?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SelectorPattern();

    [GeneratedRegex(@"(?<label>\w+)\s*(=~|!~|!=|=)\s*""[^""]*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Matcher();
}
