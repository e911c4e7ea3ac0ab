namespace HardenedService.Operations.Migrations.Linting;

internal enum SqlTokenKind
{
    /// <summary>A keyword, or a name without quotes; in lower case, as PostgreSQL folds it.</summary>
    Word,

    /// <summary>A name in double quotes, without them.</summary>
    Name,

    /// <summary>A string of any kind, without its quotes.</summary>
    Text,

    Number,

    /// <summary>One character that is none of the others.</summary>
    Symbol,

    Comment,
}

/// <summary>A piece of SQL, where it begins, and the lines that it stands on, counted from 1.</summary>
internal readonly record struct SqlToken(SqlTokenKind Kind, string Text, int At, int Line, int LastLine)
{
    public bool Is(string word) => Kind is SqlTokenKind.Word && Text == word;

    public bool IsSymbol(char symbol) => Kind is SqlTokenKind.Symbol && Text[0] == symbol;
}

/// <summary>The text is no SQL: something is opened and never closed.</summary>
internal sealed class SqlSyntaxException(int line, string message) : Exception(message)
{
    public int Line => line;
}
