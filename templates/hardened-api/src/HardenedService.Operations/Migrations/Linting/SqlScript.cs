namespace HardenedService.Operations.Migrations.Linting;

/// <summary>The statements of a script, and the assurances that stand above none of them.</summary>
internal sealed record SqlScript(IReadOnlyList<SqlStatement> Statements, IReadOnlyList<Assurance> Astray)
{
    /// <exception cref="SqlSyntaxException">Something is opened and never closed.</exception>
    public static SqlScript Parse(string sql)
    {
        var parser = new Parser();
        foreach (var token in SqlTokenizer.Tokenize(sql))
        {
            parser.Take(token);
        }

        return parser.End();
    }

    private sealed class Parser
    {
        private const string Mark = "safety-assured:";

        private readonly List<SqlStatement> _statements = [];
        private readonly List<Assurance> _astray = [];
        private List<SqlToken> _tokens = [];
        private List<SqlToken> _above = [];
        private int _depth;
        private int _opened;
        private int _blocks;

        public void Take(SqlToken token)
        {
            if (token.Kind is SqlTokenKind.Comment)
            {
                TakeComment(token);
                return;
            }

            _depth += token.IsSymbol('(') ? 1 : token.IsSymbol(')') ? -1 : 0;
            _opened = token.IsSymbol('(') && _depth == 1 ? token.Line : _opened;
            _blocks += Blocks(token);
            if (!token.IsSymbol(';') || _depth > 0 || _blocks > 0)
            {
                _tokens.Add(token);
            }
            else
            {
                Close();
            }
        }

        public SqlScript End()
        {
            if (_depth > 0)
            {
                throw new SqlSyntaxException(_opened, "a parenthesis that begins here has no end");
            }

            Close();
            _astray.AddRange(AssurancesIn(_above));
            return new(_statements, _astray);
        }

        // A comment inside of a statement is above none, and a line between two comments parts them.
        private void TakeComment(SqlToken token)
        {
            if (_tokens.Count > 0)
            {
                _astray.AddRange(AssurancesIn([token]));
                return;
            }

            if (_above.Count > 0 && token.Line > _above[^1].LastLine + 1)
            {
                _astray.AddRange(AssurancesIn(_above));
                _above = [];
            }

            _above.Add(token);
        }

        private void Close()
        {
            if (_tokens.Count == 0)
            {
                return;
            }

            var isAbove = _above.Count > 0 && _tokens[0].Line == _above[^1].LastLine + 1;
            var assurances = AssurancesIn(_above).ToList();
            _astray.AddRange(isAbove ? assurances.Skip(1) : assurances);
            _statements.Add(new SqlStatement([.. _tokens], isAbove ? assurances.FirstOrDefault() : null));
            _tokens = [];
            _above = [];
            _blocks = 0;
        }

        // A function's body can be SQL itself: begin atomic … end, with statements inside.
        private int Blocks(SqlToken token) => token switch
        {
            _ when token.Is("atomic") && _tokens is [var first, .., var last] && first.Is("create") && last.Is("begin") => 1,
            _ when _blocks > 0 && token.Is("case") => 1,
            _ when _blocks > 0 && token.Is("end") => -1,
            _ => 0,
        };

        // A reason goes on in the comments below it.
        private static IEnumerable<Assurance> AssurancesIn(List<SqlToken> comments)
        {
            var texts = comments.ConvertAll(comment => comment.Text.TrimStart('-').Trim());
            for (var at = 0; at < texts.Count; at++)
            {
                if (texts[at].StartsWith(Mark, StringComparison.Ordinal))
                {
                    var more = texts.Skip(at + 1).TakeWhile(text => !text.StartsWith(Mark, StringComparison.Ordinal));
                    yield return new(string.Join(' ', more.Prepend(texts[at][Mark.Length..].Trim())).Trim(), comments[at].Line);
                }
            }
        }
    }
}
