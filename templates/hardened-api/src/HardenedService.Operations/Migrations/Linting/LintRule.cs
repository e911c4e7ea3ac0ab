namespace HardenedService.Operations.Migrations.Linting;

/// <summary>A script of an example.</summary>
/// <param name="Sql">The SQL.</param>
/// <param name="Transactional">Whether its migration runs in a transaction.</param>
internal sealed record LintExample(string Sql, bool Transactional = true)
{
    public static implicit operator LintExample(string sql) => new(sql);
}

/// <summary>What a migration may not do to a database that is in use, and how to do it instead.</summary>
internal sealed record LintRule
{
    /// <summary>Names it, in messages and in docs/migrations.md.</summary>
    public required string Id { get; init; }

    public required string Refuses { get; init; }

    public required string Why { get; init; }

    public required LintExample Refused { get; init; }

    /// <summary>The same done safely: one script after the other, each a migration of its own.</summary>
    public required IReadOnlyList<LintExample> Instead { get; init; }

    /// <summary>Whether scripts that take a migration back are held to it. Those lose data by their nature, and lock tables all the same.</summary>
    public bool OnTheWayBack { get; init; } = true;

    /// <summary>The parts of a statement that it refuses.</summary>
    public required Func<LintedScript, SqlStatement, IEnumerable<SqlPhrase>> Find { get; init; }

    /// <summary>Finds whole statements.</summary>
    public static Func<LintedScript, SqlStatement, IEnumerable<SqlPhrase>> Statements(Func<LintedScript, SqlPhrase, bool> isRefused) =>
        (script, statement) => isRefused(script, statement.Phrase) ? [statement.Phrase] : [];

    /// <summary>Finds actions of an ALTER TABLE on a table that was there before this migration.</summary>
    public static Func<LintedScript, SqlStatement, IEnumerable<SqlPhrase>> Actions(Func<SqlPhrase, bool> isRefused) =>
        (script, statement) => statement.Alteration is var (table, actions) && !script.HasMade(table) ? actions.Where(isRefused) : [];
}
