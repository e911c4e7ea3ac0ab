namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>
/// What a transaction keeps others from until it ends. Each such statement is short by itself; it is what comes after it in the same transaction, and takes
/// its time, that makes an outage of it.
/// </summary>
internal static class HeldLocks
{
    private static readonly string[] OnTables = ["create trigger", "create constraint trigger", "create or replace trigger", "drop trigger", "create policy", "alter policy", "drop policy"];
    private static readonly string[] Dropping = ["drop table", "drop view", "drop materialized view", "drop foreign table", "drop index", "truncate table", "truncate"];

    /// <summary>Whether a statement before the one that is judged has locked a table that was there before.</summary>
    public static bool Has(LintedScript script) => script.Transactional && script.Earlier.Any(earlier => Locks(script.At(earlier), earlier));

    // What stands under an assurance does what is refused otherwise: most of that locks.
    private static bool Locks(LintedScript script, SqlStatement statement) => statement.Assurance is not null || Tables(statement).Any(table => !script.HasMade(table));

    // Reads and writes go on beside it.
    private static bool IsUnnoticed(SqlPhrase action) =>
        ConstraintRules.Validates(action)
            || (action.Skip("set").Skip("reset").Tokens is [var first, ..] && first.IsSymbol('('))
            || (action.Begins("alter") && action.Has("set statistics"));

    private static IEnumerable<string> Tables(SqlStatement statement) =>
        statement.Alteration is var (altered, actions) ? actions.All(IsUnnoticed) ? [] : [altered]
        : statement.CreatedTable is var (created, parts) ? parts.Where(part => part.Has("references")).Select(part => part.After("references").Name().Name).Where(table => table != created)
        : Dropping.FirstOrDefault(statement.Phrase.Begins) is { } dropping ? statement.Phrase.Skip(dropping).Skip("if exists").Split(',').Select(dropped => dropped.Name().Name)
        : OnTables.Any(statement.Phrase.Begins) ? [statement.Phrase.After("on").Name().Name]
        : TenantRules.Guarded(statement.Phrase) is { } guarded ? [guarded]
        : [];
}
