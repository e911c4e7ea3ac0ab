namespace HardenedService.Operations.Migrations.Linting;

/// <summary>Why a statement may do what the lint would refuse, in the words of who wrote it, and where that stands.</summary>
internal sealed record Assurance(string Reason, int Line);

/// <summary>A statement without its comments, and what stands directly above it.</summary>
internal sealed class SqlStatement(SqlToken[] tokens, Assurance? assurance)
{
    public SqlPhrase Phrase { get; } = new(tokens);

    public Assurance? Assurance => assurance;

    /// <summary>What an ALTER TABLE alters, and each of its actions; null for any other statement.</summary>
    public (string Table, IReadOnlyList<SqlPhrase> Actions)? Alteration { get; } = Alter(new(tokens));

    /// <summary>The name that a CREATE TABLE makes, and what its parentheses hold; null for any other statement.</summary>
    public (string Name, IReadOnlyList<SqlPhrase> Parts)? CreatedTable { get; } = CreateTable(new(tokens));

    /// <summary>The name of the index that a CREATE INDEX makes, with the schema of its table, where it lies; null for any other statement, and if it has no name.</summary>
    public string? CreatedIndex { get; } = CreateIndex(new(tokens));

    /// <summary>What strings hold, as the body of a DO block, in tokens.</summary>
    public IEnumerable<SqlToken> Bodies => tokens.Where(token => token.Kind is SqlTokenKind.Text).SelectMany(body => SqlTokenizer.Tokenize(body.Text));

    private static (string Table, IReadOnlyList<SqlPhrase> Actions)? Alter(SqlPhrase phrase)
    {
        if (!phrase.Begins("alter table") && !phrase.Begins("alter foreign table"))
        {
            return null;
        }

        var (table, rest) = phrase.After("table").Skip("if exists").Skip("only").Name();
        return (table, [.. rest.SkipSymbol('*').Split(',')]);
    }

    private static (string Name, IReadOnlyList<SqlPhrase> Parts)? CreateTable(SqlPhrase phrase)
    {
        string[] kinds = ["create table", "create unlogged table", "create temp table", "create temporary table", "create global temporary table", "create local temporary table"];
        if (!kinds.Any(phrase.Begins))
        {
            return null;
        }

        var (name, rest) = phrase.After("table").Skip("if not exists").Name();
        return (name, [.. rest.Parentheses().Split(',')]);
    }

    private static string? CreateIndex(SqlPhrase phrase)
    {
        var rest = phrase.Skip("create").Skip("unique");
        if (!phrase.Begins("create") || !rest.Begins("index"))
        {
            return null;
        }

        var index = rest.Skip("index").Skip("concurrently").Skip("if not exists");
        var table = phrase.After("on").Skip("only").Name().Name;
        return index.Begins("on") ? null : string.Join('.', table.Split('.')[..^1].Append(index.Name().Name));
    }
}
