using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Constraints hold for what is written from now on first, and are checked for the rest by a later migration.</summary>
internal static class ConstraintRules
{
    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "check-not-valid",
            Refuses = "a check on an existing table or of an existing domain, without `not valid`; `set not null` of a domain; and `attach partition` of an existing table",
            Why = "It reads the whole table while nobody can read or write it.",
            Refused = "alter table invoices.invoices add constraint invoices_number_check check (number > 0);",
            Instead =
            [
                "alter table invoices.invoices add constraint invoices_number_check check (number > 0) not valid;",
                "alter table invoices.invoices validate constraint invoices_number_check;",
            ],
            Find = (script, statement) => Actions(action =>
                    ((Adds(action, "check") || Adds(action, "not null")) && !action.Has("not valid")) || (ColumnRules.AddsColumn(action) && action.Has("check")))(script, statement)
                .Concat(Statements(ChecksDomain)(script, statement))
                .Concat((statement.Alteration?.Actions ?? []).Where(action => action.Begins("attach partition") && !script.HasMade(action.Skip("attach partition").Name().Name))),
        },
        new()
        {
            Id = "foreign-key-not-valid",
            Refuses = "a foreign key of an existing table, without `not valid`",
            Why = "It reads the whole table while nobody can write to either of the two.",
            Refused = "alter table invoices.invoices add column customer_id uuid null references invoices.customers (id);",
            Instead =
            [
                """
                alter table invoices.invoices
                  add column customer_id uuid null,
                  add constraint invoices_customer_id_fkey
                    foreign key (customer_id) references invoices.customers (id) not valid;
                """,
                "alter table invoices.invoices validate constraint invoices_customer_id_fkey;",
            ],
            Find = Actions(action =>
                (Adds(action, "foreign key") && !action.Has("not valid")) || (ColumnRules.AddsColumn(action) && action.Has("references"))),
        },
        new()
        {
            Id = "validate-apart",
            Refuses = "`validate constraint` in the transaction that altered a table before, this one or another",
            Why = "It reads the whole table, and the lock of what came before is kept until it has.",
            Refused =
                """
                alter table invoices.invoices add constraint invoices_number_check check (number > 0) not valid;
                alter table invoices.invoices validate constraint invoices_number_check;
                """,
            Instead =
            [
                "alter table invoices.invoices add constraint invoices_number_check check (number > 0) not valid;",
                "alter table invoices.invoices validate constraint invoices_number_check;",
            ],
            Find = (script, statement) => statement.Alteration is var (table, actions) && !script.HasMade(table) && (HeldLocks.Has(script) || !actions.All(Validates))
                ? actions.Where(Validates)
                : [],
        },
        new()
        {
            Id = "unique-using-index",
            Refuses = "a unique, primary or exclusion key on an existing table, without `using index`",
            Why = "It builds an index while nobody can read or write the table. (An exclusion has no other way: it takes an assurance.)",
            Refused = "alter table invoices.invoices add constraint invoices_number_key unique (number);",
            Instead =
            [
                new("create unique index concurrently if not exists invoices_number_key on invoices.invoices (number);", Transactional: false),
                "alter table invoices.invoices add constraint invoices_number_key unique using index invoices_number_key;",
            ],
            Find = Actions(action =>
                ((Adds(action, "unique") || Adds(action, "primary key") || Adds(action, "exclude")) && !action.Has("using index"))
                    || (ColumnRules.AddsColumn(action) && (action.Has("unique") || action.Has("primary key")))),
        },
    ];

    public static bool Adds(SqlPhrase action, string constraint)
    {
        var added = action.Skip("add");
        return action.Begins("add") && (added.Begins("constraint") ? added.Skip("constraint").Name().Following : added).Begins(constraint);
    }

    public static bool Validates(SqlPhrase action) => action.Begins("validate constraint");

    private static bool ChecksDomain(LintedScript script, SqlPhrase phrase) =>
        phrase.Skip("alter domain").Name() is var (domain, change)
            && phrase.Begins("alter domain")
            && !script.HasMade(domain, "domain")
            && ((change.Begins("add") && !change.Has("not valid")) || change.Begins("set not null"));
}
