namespace HardenedService.Operations.Migrations.Linting;

/// <summary>Tokens that belong together, and the questions that rules ask of them. Words are given as they are written: <c>"not valid"</c>.</summary>
internal readonly record struct SqlPhrase(ArraySegment<SqlToken> Tokens)
{
    public bool IsEmpty => Tokens.Count == 0;

    public int Line => IsEmpty ? 0 : Tokens[0].Line;

    public bool Begins(string words) => IsAt(0, words.Split(' '));

    /// <summary>Whether these words follow one another anywhere outside of parentheses.</summary>
    public bool Has(string words) => IndexOf(words) >= 0;

    /// <summary>Whether these words follow one another anywhere.</summary>
    public bool HasAnywhere(string words)
    {
        var (phrase, parts) = (this, words.Split(' '));
        return Enumerable.Range(0, Tokens.Count).Any(at => phrase.IsAt(at, parts));
    }

    /// <summary>What follows these words, outside of parentheses; nothing if they are not there.</summary>
    public SqlPhrase After(string words) =>
        IndexOf(words) is var at and >= 0 ? new(Tokens[(at + words.Split(' ').Length)..]) : new([]);

    /// <summary>What follows these words if it begins with them, else all of it.</summary>
    public SqlPhrase Skip(string words) => Begins(words) ? new(Tokens[words.Split(' ').Length..]) : this;

    public SqlPhrase SkipSymbol(char symbol) => !IsEmpty && Tokens[0].IsSymbol(symbol) ? new(Tokens[1..]) : this;

    /// <summary>The name at the beginning, with its schema if it has one, and what follows.</summary>
    public (string Name, SqlPhrase Following) Name()
    {
        var end = 0;
        while (end < Tokens.Count && IsName(Tokens[end]))
        {
            end++;
            if (end >= Tokens.Count || !Tokens[end].IsSymbol('.'))
            {
                break;
            }

            end++;
        }

        return (string.Concat(Tokens[..end].Select(token => token.Text)), new(Tokens[end..]));
    }

    /// <summary>What the first parentheses hold.</summary>
    public SqlPhrase Parentheses()
    {
        var depth = 0;
        var start = -1;
        for (var at = 0; at < Tokens.Count; at++)
        {
            depth += Depth(Tokens[at]);
            start = start < 0 && depth == 1 ? at + 1 : start;
            if (start >= 0 && depth == 0)
            {
                return new(Tokens[start..at]);
            }
        }

        return new([]);
    }

    /// <summary>Its parts between a symbol, outside of parentheses.</summary>
    public IEnumerable<SqlPhrase> Split(char separator)
    {
        var (depth, start) = (0, 0);
        for (var at = 0; at < Tokens.Count; at++)
        {
            depth += Depth(Tokens[at]);
            if (depth == 0 && Tokens[at].IsSymbol(separator))
            {
                yield return new(Tokens[start..at]);
                start = at + 1;
            }
        }

        if (start < Tokens.Count)
        {
            yield return new(Tokens[start..]);
        }
    }

    private static bool IsName(SqlToken token) => token.Kind is SqlTokenKind.Word or SqlTokenKind.Name;

    private static int Depth(SqlToken token) =>
        token.IsSymbol('(') || token.IsSymbol('[') ? 1 : token.IsSymbol(')') || token.IsSymbol(']') ? -1 : 0;

    private int IndexOf(string words)
    {
        var parts = words.Split(' ');
        var depth = 0;
        for (var at = 0; at < Tokens.Count; at++)
        {
            depth += Depth(Tokens[at]);
            if (depth == 0 && IsAt(at, parts))
            {
                return at;
            }
        }

        return -1;
    }

    private bool IsAt(int at, string[] words)
    {
        if (at + words.Length > Tokens.Count)
        {
            return false;
        }

        for (var i = 0; i < words.Length; i++)
        {
            if (!Tokens[at + i].Is(words[i]))
            {
                return false;
            }
        }

        return true;
    }
}
