using HardenedService.Operations.Migrations.Linting;

namespace HardenedService.Tests.Migrations.Linting;

public sealed class SqlTokenizerTests
{
    [Theory]
    [InlineData("select 1", "Word select|Number 1")]
    [InlineData("SELECT Id", "Word select|Word id")]
    [InlineData("\"Id\".\"a\"\"b\"", "Name Id|Symbol .|Name a\"b")]
    [InlineData("'it''s; fine'", "Text it's; fine")]
    [InlineData(@"'a\' ; x", @"Text a\|Symbol ;|Word x")]
    [InlineData(@"e'it\'s; ''fine' x", @"Text it\'s; 'fine|Word x")]
    [InlineData("E'\\\\' x", @"Text \\|Word x")]
    [InlineData("u&'d\\0061' U&\"d\"", @"Text d\0061|Name d")]
    [InlineData("b'01' X'ff' n'x'", "Text 01|Text ff|Text x")]
    [InlineData("$$a;'b$$", "Text a;'b")]
    [InlineData("$x$ $$ $y$ $x$ z", "Text  $$ $y$ |Word z")]
    [InlineData("$1 + a$b", "Symbol $|Number 1|Symbol +|Word a$b")]
    [InlineData("a$$b$$", "Word a$$b$$")]
    [InlineData("1.5e3 .5 1_000", "Number 1.5e3|Number .5|Number 1_000")]
    [InlineData("a--b;\nc", "Word a|Comment --b;|Word c")]
    [InlineData("a--b;\rc\r\nd", "Word a|Comment --b;|Word c|Word d")]
    [InlineData("a\u00a0b\fc", "Word a\u00a0b|Word c")]
    [InlineData("a/*b/*;*/c*/d", "Word a|Comment /*b/*;*/c*/|Word d")]
    [InlineData("a-b/c", "Word a|Symbol -|Word b|Symbol /|Word c")]
    [InlineData("größe", "Word größe")]
    [InlineData("", "")]
    public void Sql_is_cut_as_postgresql_cuts_it(string sql, string expected) =>
        Assert.Equal(expected, string.Join('|', SqlTokenizer.Tokenize(sql).Select(token => $"{token.Kind} {token.Text}")));

    [Fact]
    public void A_token_knows_its_lines()
    {
        var tokens = SqlTokenizer.Tokenize("a\n\n/* b\n*/ 'c\nd'\n$$\n\n$$ e");

        Assert.Equal([(1, 1), (3, 4), (4, 5), (6, 8), (8, 8)], tokens.Select(token => (token.Line, token.LastLine)));
    }

    [Theory]
    [InlineData("a\n'b", 2, "a quote '")]
    [InlineData("\"b''", 1, "a quote \"")]
    [InlineData(@"e'b\'", 1, "a quote '")]
    [InlineData("\n\n$x$ $$ $y$", 3, "a quote $x$")]
    [InlineData("a\n/* /* */", 2, "a comment")]
    public void What_is_never_closed_is_refused_where_it_was_opened(string sql, int line, string what)
    {
        var exception = Assert.Throws<SqlSyntaxException>(() => SqlTokenizer.Tokenize(sql));

        Assert.Equal(line, exception.Line);
        Assert.StartsWith(what, exception.Message, StringComparison.Ordinal);
    }
}
