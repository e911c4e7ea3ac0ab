namespace HardenedService.Operations.Migrations.Linting;

/// <summary>A script as the rules see it.</summary>
/// <param name="File">Its name.</param>
/// <param name="Sql">Its text.</param>
/// <param name="Transactional">Whether its migration runs in a transaction.</param>
/// <param name="IsWayBack">Whether it takes a migration back.</param>
internal sealed record LintedScript(string File, string Sql, bool Transactional, bool IsWayBack)
{
    private static readonly string[] Modifiers = ["unique", "materialized", "unlogged", "temp", "temporary", "global", "local"];
    private static readonly string[] Kinds = ["table", "foreign table", "view", "index", "schema", "type", "domain", "sequence"];

    public IReadOnlyList<SqlStatement> Statements { get; private init; } = [];

    public IReadOnlyList<Assurance> Astray { get; private init; } = [];

    /// <summary>Those before the one that is judged.</summary>
    public IReadOnlyList<SqlStatement> Earlier { get; private init; } = [];

    private HashSet<(string Space, string Name)> MadeEarlier { get; init; } = [];

    /// <summary>
    /// Whether this very script has made something, before the statement that is judged: nobody waits for it, and nobody reads it yet. Never true of
    /// functions, since one of the same name and other parameters may have been there.
    /// </summary>
    public bool HasMade(string name, string kind = "table") => MadeEarlier.Contains((SpaceOf(kind), name));

    /// <summary>The script with its statements.</summary>
    /// <exception cref="SqlSyntaxException">Something is opened and never closed.</exception>
    public LintedScript Parsed()
    {
        var (statements, astray) = SqlScript.Parse(Sql);
        return this with { Statements = statements, Astray = astray };
    }

    /// <summary>The script as it is when this statement is its next.</summary>
    public LintedScript At(SqlStatement statement)
    {
        var earlier = Statements.TakeWhile(other => other != statement).ToList();
        return this with { Earlier = earlier, MadeEarlier = earlier.Select(Made).OfType<(string, string)>().ToHashSet() };
    }

    // Tables, views, indexes and sequences have their names in common, and so have types and domains.
    private static string SpaceOf(string kind) => kind switch
    {
        "table" or "foreign table" or "view" or "materialized view" or "index" or "sequence" => "relation",
        "type" or "domain" => "type",
        _ => kind,
    };

    // With "or replace" or "if not exists" it may have been there before.
    private static (string Space, string Name)? Made(SqlStatement statement)
    {
        var phrase = statement.Phrase;
        if (!phrase.Begins("create"))
        {
            return null;
        }

        var rest = phrase.Skip("create");
        foreach (var modifier in Modifiers)
        {
            rest = rest.Skip(modifier);
        }

        return Kinds.FirstOrDefault(rest.Begins) is { } kind && !rest.Skip(kind).Skip("concurrently").Begins("if not exists")
            ? (SpaceOf(kind), statement.CreatedIndex ?? rest.Skip(kind).Name().Name)
            : null;
    }
}
