namespace HardenedService.Operations.Migrations.Linting;

/// <summary>A script as the rules see it.</summary>
/// <param name="File">Its name.</param>
/// <param name="Sql">Its text.</param>
/// <param name="Transactional">Whether its migration runs in a transaction.</param>
/// <param name="IsWayBack">Whether it takes a migration back.</param>
internal sealed record LintedScript(string File, string Sql, bool Transactional, bool IsWayBack)
{
    private static readonly string[] Modifiers = ["unique", "materialized", "unlogged", "temp", "temporary", "global", "local"];
    private static readonly string[] Kinds = ["table", "view", "index", "schema", "type", "domain", "sequence", "function", "procedure"];

    public IReadOnlyList<SqlStatement> Statements { get; private init; } = [];

    public IReadOnlyList<Assurance> Astray { get; private init; } = [];

    /// <summary>What this very script makes: nobody waits for it, and nobody reads it yet.</summary>
    public IReadOnlySet<string> Made { get; private init; } = new HashSet<string>();

    /// <summary>The script with its statements.</summary>
    /// <exception cref="SqlSyntaxException">Something is opened and never closed.</exception>
    public LintedScript Parsed()
    {
        var (statements, astray) = SqlScript.Parse(Sql);
        return this with
        {
            Statements = statements,
            Astray = astray,
            Made = statements.Select(statement => NameOfMade(statement.Phrase)).OfType<string>().ToHashSet(),
        };
    }

    // With "or replace" or "if not exists" it may have been there before.
    private static string? NameOfMade(SqlPhrase phrase)
    {
        if (!phrase.Begins("create"))
        {
            return null;
        }

        var rest = phrase.Skip("create");
        foreach (var modifier in Modifiers)
        {
            rest = rest.Skip(modifier);
        }

        return Kinds.FirstOrDefault(rest.Begins) is { } kind && !rest.Skip(kind).Begins("if not exists") ? rest.Skip(kind).Skip("concurrently").Name().Name : null;
    }
}
