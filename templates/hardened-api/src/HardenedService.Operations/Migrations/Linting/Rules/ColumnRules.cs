using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Columns are added empty or with a constant, keep their type, and are filled in before they have to be.</summary>
internal static class ColumnRules
{
    // What is the same for all rows of a statement, so that PostgreSQL notes it once instead of writing every row.
    private static readonly HashSet<string> Stable =
    [
        "now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_setting",
        "numeric", "decimal", "varchar", "char", "character", "varying", "bit", "interval", "timestamp", "timestamptz", "time",
        "cast", "nullif", "coalesce", "and", "or", "not", "jsonb_build_object", "jsonb_build_array", "json_build_object", "json_build_array",
    ];

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
            Find = Actions(action => AddsColumn(action) && action.Has("not null") && !action.Has("default") && !IsGenerated(action)),
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
            Find = Actions(action => AddsColumn(action) && (IsGenerated(action) || CallsVolatile(action.After("default")))),
        },
        new()
        {
            Id = "set-not-null",
            Refuses = "`set not null` on an existing table, unless a check named `{table}_{column}_not_null` was validated before, in the same script, and still stands; `tenancy.guard_rows`, which does it too, and `primary key using index`, which does it to columns that are null yet, without `set not null` before it",
            Why = "It reads the whole table while nobody can read or write it. With a valid check there is nothing to read.",
            Refused = "alter table invoices.invoices alter column number set not null;",
            Instead =
            [
                "alter table invoices.invoices add constraint invoices_number_not_null check (number is not null) not valid;",
                """
                alter table invoices.invoices validate constraint invoices_number_not_null;
                alter table invoices.invoices alter column number set not null;
                -- Not by the statement before: it would go first, and leave nothing to know it by.
                alter table invoices.invoices drop constraint invoices_number_not_null;
                """,
                """
                -- safety-assured: number has been not null since M0012.
                alter table invoices.invoices add constraint invoices_pkey primary key using index invoices_number_key;
                """,
            ],
            Find = (script, statement) =>
                statement.Alteration is var (table, actions) && !script.HasMade(table)
                    ? actions.Where(action =>
                        (SetsNotNull(action) && !IsKnownNotNull(script, statement, table, Altered(action).Name))
                            || (ConstraintRules.Adds(action, "primary key") && action.Has("using index") && !ActionsOn(table, script.Earlier).Concat(actions).Any(SetsNotNull)))
                    : TenantRules.Guarded(statement.Phrase) is { } guarded && !script.HasMade(guarded) ? [statement.Phrase] : [],
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
            Find = Actions(action => action.Begins("alter") && (Altered(action).Following.Begins("type") || Altered(action).Following.Begins("set data type"))),
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

    private static (string Name, SqlPhrase Following) Altered(SqlPhrase action) => action.Skip("alter").Skip("column").Name();

    private static bool SetsNotNull(SqlPhrase action) => action.Begins("alter") && Altered(action).Following.Begins("set not null");

    private static bool IsGenerated(SqlPhrase action) => Column(action).Name().Following.Has("generated");

    private static bool IsSerial(SqlPhrase column) => column.Name().Following.Tokens is [{ Kind: SqlTokenKind.Word } type, ..] && Serials.Contains(type.Text);

    private static bool CallsVolatile(SqlPhrase expression)
    {
        var tokens = expression.Tokens;
        return Enumerable.Range(0, Math.Max(0, tokens.Count - 1)).Any(at =>
            tokens[at].Kind is SqlTokenKind.Word or SqlTokenKind.Name && tokens[at + 1].IsSymbol('(') && !Stable.Contains(tokens[at].Text) && !tokens[at].Is("check"));
    }

    // What drops a constraint goes before all else in its statement, wherever it stands there.
    private static bool IsKnownNotNull(LintedScript script, SqlStatement statement, string table, string column)
    {
        var check = $"{table.Split('.')[^1]}_{column}_not_null";
        return ActionsOn(table, script.Earlier).Any(action => ConstraintRules.Validates(action) && action.Skip("validate constraint").Name().Name == check)
            && !ActionsOn(table, script.Earlier.Append(statement)).Any(action =>
                action.Begins("drop constraint") && action.Skip("drop constraint").Skip("if exists").Name().Name == check);
    }

    private static IEnumerable<SqlPhrase> ActionsOn(string table, IEnumerable<SqlStatement> statements) =>
        statements.Where(statement => statement.Alteration?.Table == table).SelectMany(statement => statement.Alteration!.Value.Actions);
}
