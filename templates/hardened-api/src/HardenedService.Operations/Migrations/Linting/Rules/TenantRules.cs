namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>A row that names an organization stands behind its wall from the first moment on (docs/tenancy.md).</summary>
internal static class TenantRules
{
    private const string Column = "organization_id";

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "tenant-wall",
            Refuses = "a column `organization_id`, or columns that the script does not tell (`like`, `inherits`, `partition of`, `as`, `select … into`), without row-level security, enabled and forced, and a policy, in the same script; and `disable` or `no force row level security`",
            Why = "Every tenant would see the rows of all others (docs/tenancy.md).",
            Refused = "create table invoices.lines (organization_id uuid not null, text text not null);",
            Instead =
            [
                """
                create table invoices.lines (organization_id uuid not null, text text not null);
                select tenancy.guard_rows('invoices.lines');
                """,
            ],
            Find = (script, statement) => TableOfTenants(statement) is { } table && !IsGuarded(script, table) ? [statement.Phrase]
                : script.IsWayBack ? []
                : (statement.Alteration?.Actions ?? []).Where(action => action.Begins("disable row level security") || action.Begins("no force row level security")),
        },
    ];

    /// <summary>The table that a call of <c>tenancy.guard_rows</c> puts behind a wall; null for any other statement.</summary>
    public static string? Guarded(SqlPhrase phrase)
    {
        var tokens = phrase.Tokens;
        for (var at = 0; at + 2 < tokens.Count; at++)
        {
            if (tokens[at].Is("guard_rows") && tokens[at + 1].IsSymbol('(') && tokens[at + 2].Kind is SqlTokenKind.Text)
            {
                return tokens[at + 2].Text;
            }
        }

        return null;
    }

    private static string? TableOfTenants(SqlStatement statement) =>
        statement.CreatedTable is var (created, parts) && (parts.Any(part => part.Name().Name == Column) || IsUntold(statement.Phrase, parts)) ? created
        : statement.Phrase.Begins("select") && statement.Phrase.Has("into") ? statement.Phrase.After("into").Skip("unlogged").Skip("table").Name().Name
        : statement.Alteration is var (altered, actions) && actions.Any(IsTheirColumn) ? altered
        : null;

    // A partition as well: who may read it reads all of its rows, whatever guards the table that it is a part of.
    private static bool IsUntold(SqlPhrase table, IEnumerable<SqlPhrase> parts) =>
        !table.Has("temp") && !table.Has("temporary") && (table.Has("as") || table.Has("inherits") || table.Has("partition of") || parts.Any(part => part.Begins("like")));

    private static bool IsTheirColumn(SqlPhrase action) =>
        ColumnRules.AddsColumn(action) && action.Skip("add").Skip("column").Skip("if not exists").Name().Name == Column;

    private static bool IsGuarded(LintedScript script, string table)
    {
        var actions = script.Statements
            .Where(statement => statement.Alteration?.Table == table)
            .SelectMany(statement => statement.Alteration!.Value.Actions)
            .ToList();
        return script.Statements.Any(statement => Guarded(statement.Phrase) == table)
            || (actions.Any(action => action.Begins("enable row level security"))
                && actions.Any(action => action.Begins("force row level security"))
                && script.Statements.Any(statement => statement.Phrase.Begins("create policy") && statement.Phrase.After("on").Name().Name == table));
    }
}
