using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Columns are added empty or with a constant, keep their type, and are filled in before they have to be.</summary>
internal static class ColumnRules
{
    // What is the same for all rows of a statement, so that PostgreSQL notes it once instead of writing every row.
    private static readonly HashSet<string> Stable =
        ["now", "transaction_timestamp", "statement_timestamp", "current_setting", "nullif", "coalesce", "interval", "numeric", "varchar", "char", "decimal"];

    private static readonly string[] Constraints = ["constraint", "check", "foreign", "unique", "primary", "exclude"];

    private static readonly HashSet<string> Serials = ["serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"];

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "not-null-column",
            Refuses = "a new column that is `not null` and has no default, on an existing table",
            Why = "It fails if there is a row; if there is none, the release that still runs can insert none: it does not know the column.",
            Refused = "alter table invoices.invoices add column number integer not null;",
            Instead = ["alter table invoices.invoices add column number integer not null default 0;"],
            Find = Actions(action => AddsColumn(action) && action.Has("not null") && !action.Has("default") && !action.Has("generated")),
        },
        new()
        {
            Id = "volatile-default",
            Refuses = "a new column, on an existing table, whose default is another one for each row, or that is generated",
            Why = "PostgreSQL writes the whole table anew while nobody can read or write it.",
            Refused = "alter table invoices.invoices add column reference uuid not null default gen_random_uuid();",
            Instead =
            [
                """
                alter table invoices.invoices add column reference uuid null;
                alter table invoices.invoices alter column reference set default gen_random_uuid();
                """,
            ],
            Find = Actions(action => AddsColumn(action) && (action.Has("generated") || CallsVolatile(action.After("default")))),
        },
        new()
        {
            Id = "set-not-null",
            Refuses = "`set not null` on an existing table (`tenancy.guard_rows` does it too), unless a check of the column's name was validated before, in the same script",
            Why = "It reads the whole table while nobody can read or write it. With a valid check there is nothing to read.",
            Refused = "alter table invoices.invoices alter column number set not null;",
            Instead =
            [
                "alter table invoices.invoices add constraint invoices_number_check check (number is not null) not valid;",
                """
                alter table invoices.invoices validate constraint invoices_number_check;
                alter table invoices.invoices alter column number set not null, drop constraint invoices_number_check;
                """,
            ],
            Find = (script, statement) =>
                statement.Alteration is var (table, actions) && !script.Made.Contains(table)
                    ? actions.Where(action => action.Has("set not null") && !IsValidated(script, statement, table, ColumnOf(action)))
                    : TenantRules.Guarded(statement.Phrase) is { } guarded && !script.Made.Contains(guarded) ? [statement.Phrase] : [],
        },
        new()
        {
            Id = "type-change",
            Refuses = "another type for a column of an existing table",
            Why = "PostgreSQL writes the whole table anew while nobody can read or write it, and the release that still runs expects the old type.",
            Refused = "alter table invoices.invoices alter column number type bigint;",
            Instead =
            [
                """
                -- Write both, fill this one in by batches, read it, and drop the old one two releases later.
                alter table invoices.invoices add column long_number bigint null;
                """,
            ],
            Find = Actions(action => action.Begins("alter") && (action.Has("type") || action.Has("set data type"))),
        },
        new()
        {
            Id = "serial",
            Refuses = "`serial` and its kin",
            Why = "The sequence behind it has rights and an owner of its own, which a dump, a grant and a new default forget.",
            Refused = "create table invoices.counters (id bigserial not null);",
            Instead = ["create table invoices.counters (id bigint not null generated always as identity);"],
            Find = (_, statement) => (statement.CreatedTable?.Parts ?? []).Where(IsSerial)
                .Concat((statement.Alteration?.Actions ?? []).Where(action => AddsColumn(action) && IsSerial(Column(action)))),
        },
    ];

    public static bool AddsColumn(SqlPhrase action) =>
        action.Begins("add") && !Constraints.Any(action.Skip("add").Begins);

    private static SqlPhrase Column(SqlPhrase action) => action.Skip("add").Skip("column").Skip("if not exists");

    private static string ColumnOf(SqlPhrase action) => action.Skip("alter").Skip("column").Name().Name;

    private static bool IsSerial(SqlPhrase column) => column.Name().Following.Tokens is [{ Kind: SqlTokenKind.Word } type, ..] && Serials.Contains(type.Text);

    private static bool CallsVolatile(SqlPhrase expression)
    {
        var tokens = expression.Tokens;
        return Enumerable.Range(0, Math.Max(0, tokens.Count - 1)).Any(at =>
            tokens[at].Kind is SqlTokenKind.Word or SqlTokenKind.Name && tokens[at + 1].IsSymbol('(') && !Stable.Contains(tokens[at].Text) && !tokens[at].Is("check"));
    }

    private static bool IsValidated(LintedScript script, SqlStatement statement, string table, string column) =>
        script.Statements.TakeWhile(earlier => earlier != statement).Any(earlier =>
            earlier.Alteration is var (validated, actions)
                && validated == table
                && actions.Any(action => action.Begins("validate constraint") && action.Skip("validate constraint").Name().Name.Contains($"_{column}_", StringComparison.Ordinal)));
}
