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
}
