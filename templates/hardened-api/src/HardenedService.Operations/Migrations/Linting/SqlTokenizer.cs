namespace HardenedService.Operations.Migrations.Linting;

/// <summary>
/// Cuts SQL into tokens by PostgreSQL's lexical rules (the manual's chapter 4.1): quotes, dollar quotes, escape strings, nested comments.
/// </summary>
internal sealed class SqlTokenizer
{
    // No others: a space without a break, for one, is a letter to PostgreSQL.
    private const string Spaces = " \t\n\r\f\v";

    private readonly string _sql;
    private int _at;
    private int _line = 1;

    private SqlTokenizer(string sql) => _sql = sql;

    /// <exception cref="SqlSyntaxException">A quote or a comment has no end.</exception>
    public static IReadOnlyList<SqlToken> Tokenize(string sql)
    {
        var tokenizer = new SqlTokenizer(sql);
        var tokens = new List<SqlToken>();
        while (tokenizer.Next() is { } token)
        {
            tokens.Add(token);
        }

        return tokens;
    }

    private SqlToken? Next()
    {
        while (_at < _sql.Length && Spaces.Contains(_sql[_at], StringComparison.Ordinal))
        {
            Advance(1);
        }

        if (_at == _sql.Length)
        {
            return null;
        }

        var (at, line) = (_at, _line);
        var (kind, text) = Read();
        return new SqlToken(kind, text, at, line, _line);
    }

    private (SqlTokenKind Kind, string Text) Read() => (_sql[_at], Peek(1)) switch
    {
        ('-', '-') => (SqlTokenKind.Comment, Take(LineEnd() - _at)),
        ('/', '*') => (SqlTokenKind.Comment, BlockComment()),
        ('\'', _) => (SqlTokenKind.Text, Quoted('\'', escapes: false)),
        ('"', _) => (SqlTokenKind.Name, Quoted('"', escapes: false)),
        ('e' or 'E', '\'') => (SqlTokenKind.Text, Prefixed(1, '\'', escapes: true)),
        ('b' or 'B' or 'x' or 'X' or 'n' or 'N', '\'') => (SqlTokenKind.Text, Prefixed(1, '\'', escapes: false)),
        ('u' or 'U', '&') when Peek(2) == '\'' => (SqlTokenKind.Text, Prefixed(2, '\'', escapes: false)),
        ('u' or 'U', '&') when Peek(2) == '"' => (SqlTokenKind.Name, Prefixed(2, '"', escapes: false)),
        ('$', _) when DollarTag() is { } tag => (SqlTokenKind.Text, DollarQuoted(tag)),
        var (first, second) when char.IsAsciiDigit(first) || (first == '.' && char.IsAsciiDigit(second)) =>
            (SqlTokenKind.Number, TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_')),
        var (first, _) when IsNameStart(first) => (SqlTokenKind.Word, TakeWhile(c => IsNamePart(c) || c == '$').ToLowerInvariant()),
        _ => (SqlTokenKind.Symbol, Take(1)),
    };

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or >= '\u0080';

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c);

    private char Peek(int ahead) => _at + ahead < _sql.Length ? _sql[_at + ahead] : '\0';

    private int LineEnd() => _sql.AsSpan(_at).IndexOfAny('\n', '\r') is var length and >= 0 ? _at + length : _sql.Length;

    private void Advance(int count)
    {
        _line += _sql.AsSpan(_at, count).Count('\n');
        _at += count;
    }

    private string Take(int count)
    {
        var text = _sql.Substring(_at, count);
        Advance(count);
        return text;
    }

    private string TakeWhile(Func<char, bool> belongs)
    {
        var end = _at + 1;
        while (end < _sql.Length && belongs(_sql[end]))
        {
            end++;
        }

        return Take(end - _at);
    }

    private string BlockComment()
    {
        var (line, depth, end) = (_line, 1, _at + 2);
        while (depth > 0)
        {
            var next = _sql.AsSpan(Math.Min(end, _sql.Length)) switch
            {
                ['/', '*', ..] => (Depth: 1, Length: 2),
                ['*', '/', ..] => (Depth: -1, Length: 2),
                [] => throw new SqlSyntaxException(line, "a comment that begins here has no end"),
                _ => (Depth: 0, Length: 1),
            };
            depth += next.Depth;
            end += next.Length;
        }

        return Take(end - _at);
    }

    private string Prefixed(int prefix, char quote, bool escapes)
    {
        Advance(prefix);
        return Quoted(quote, escapes);
    }

    // The quote doubled is the quote itself; in an escape string a backslash keeps the next character from ending it.
    private string Quoted(char quote, bool escapes)
    {
        var (line, end) = (_line, _at + 1);
        for (; ; end++)
        {
            if (end >= _sql.Length)
            {
                throw new SqlSyntaxException(line, $"a quote {quote} that begins here has no end");
            }

            if (escapes && _sql[end] == '\\')
            {
                end++;
            }
            else if (_sql[end] == quote)
            {
                if (end + 1 >= _sql.Length || _sql[end + 1] != quote)
                {
                    break;
                }

                end++;
            }
        }

        return Take(end + 1 - _at)[1..^1].Replace(new string(quote, 2), quote.ToString(), StringComparison.Ordinal);
    }

    // $$ or $tag$; a $1 is none.
    private string? DollarTag()
    {
        var end = _at + 1;
        while (end < _sql.Length && IsNamePart(_sql[end]))
        {
            end++;
        }

        return end < _sql.Length && _sql[end] == '$' && !char.IsAsciiDigit(_sql[_at + 1]) ? _sql[_at..(end + 1)] : null;
    }

    private string DollarQuoted(string tag)
    {
        var end = _sql.IndexOf(tag, _at + tag.Length, StringComparison.Ordinal);
        return end >= 0
            ? Take(end + tag.Length - _at)[tag.Length..^tag.Length]
            : throw new SqlSyntaxException(_line, $"a quote {tag} that begins here has no end");
    }
}
