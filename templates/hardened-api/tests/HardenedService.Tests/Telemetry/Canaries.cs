using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Telemetry;

/// <summary>What nobody may ever read in a log or a trace: every text that a client sent, and the secrets that it was answered with.</summary>
internal sealed partial class Canaries
{
    // Shorter texts, such as the names of roles and transports, and a protocol's own words are found by chance.
    private const int Telling = 8;
    private const int LongestWord = 20;

    private static readonly string[] SecretMembers = ["token", "ticket", "secret", "uri", "challenge", "recoveryCodes"];

    private readonly HashSet<string> _values = [];
    private SearchValues<string>? _search;

    public int Count => _values.Count;

    public void Add(string value)
    {
        var isWord = value.Length <= LongestWord && value.All(character => char.IsAsciiLetterLower(character) || character is '-' or '.' or '_');

        if (value.Length >= Telling && !isWord && !Guid.TryParse(value, out _))
        {
            _values.Add(value);
        }
        else if (value.Length >= 6 && value.All(char.IsAsciiDigit))
        {
            // Digits are found by chance, too. As a value they stand in quotes.
            _values.Add($"\"{value}\"");
        }
    }

    /// <summary>All texts of a body.</summary>
    public void AddAll(string? json)
    {
        if (json is not null && json.StartsWith('{'))
        {
            Walk(JsonNode.Parse(json), isSecret: true);
        }
    }

    /// <summary>The secrets of an answer.</summary>
    public void AddSecrets(string json)
    {
        if (json.StartsWith('{'))
        {
            Walk(JsonNode.Parse(json), isSecret: false);
        }
    }

    /// <summary>What of it is in a text, each with what stands around it.</summary>
    public IEnumerable<string> Find(string text)
    {
        _search ??= SearchValues.Create([.. _values], StringComparison.Ordinal);

        for (var from = 0; ;)
        {
            var next = text.AsSpan(from).IndexOfAny(_search);

            if (next < 0)
            {
                break;
            }

            var begin = Math.Max(0, from + next - 200);
            yield return $"{_values.First(value => text.AsSpan(from + next).StartsWith(value))}: …{text[begin..Math.Min(text.Length, from + next + 200)]}…";
            from += next + 1;
        }

        foreach (Match token in Token().Matches(text))
        {
            yield return $"a token: {token.Value}";
        }
    }

    private void Walk(JsonNode? node, bool isSecret)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    Walk(value, isSecret || SecretMembers.Contains(name));
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Walk(item, isSecret);
                }

                break;
            case JsonValue value when isSecret && value.GetValueKind() == JsonValueKind.String:
                Add(value.GetValue<string>());
                break;
        }
    }

    [GeneratedRegex("h[smt]1_[A-Za-z0-9_-]{20,}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Token();
}
