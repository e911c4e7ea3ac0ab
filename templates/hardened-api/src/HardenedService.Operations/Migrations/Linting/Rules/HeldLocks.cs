namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>
/// What a transaction keeps others from until it ends. Each such statement is short by itself; it is what comes after it in the same transaction, and takes
/// its time, that makes an outage of it.
/// </summary>
internal static class HeldLocks
{
    private static readonly string[] OnTables = ["create trigger", "create constraint trigger", "create or replace trigger", "drop trigger", "create policy", "alter policy", "drop policy"];

    /// <summary>Whether a statement before the one that is judged has locked a table that was there before.</summary>
    public static bool Has(LintedScript script) => script.Transactional && script.Earlier.Any(earlier => Locks(script.At(earlier), earlier));

    private static bool Locks(LintedScript script, SqlStatement statement) => Tables(statement).Any(table => !script.HasMade(table));

    private static IEnumerable<string> Tables(SqlStatement statement) =>
        statement.Alteration is var (altered, actions) ? actions.All(ConstraintRules.Validates) ? [] : [altered]
        : statement.CreatedTable is var (created, parts) ? parts.Where(part => part.Has("references")).Select(part => part.After("references").Name().Name).Where(table => table != created)
        : OnTables.Any(statement.Phrase.Begins) ? [statement.Phrase.After("on").Name().Name]
        : TenantRules.Guarded(statement.Phrase) is { } guarded ? [guarded]
        : [];
}
