using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Indexes are built beside the traffic, and by a migration that can be run again.</summary>
internal static class IndexRules
{
    private static readonly LintExample BuiltBeside = new(
        """
        create index concurrently if not exists invoices_number_idx
          on invoices.invoices (number);
        """,
        Transactional: false);

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "create-index",
            Refuses = "an index on an existing table, without `concurrently`",
            Why = "Nobody can write to the table until the index is built.",
            Refused = "create index invoices_number_idx on invoices.invoices (number);",
            Instead = [BuiltBeside],
            Find = Statements((script, phrase) =>
                IsCreateIndex(phrase) && !IsConcurrent(phrase) && !script.HasMade(phrase.After("on").Skip("only").Name().Name)),
        },
        new()
        {
            Id = "drop-index",
            Refuses = "`drop index` or `reindex`, without `concurrently`",
            Why = "It waits for everyone who uses the table, and everyone else waits behind it.",
            Refused = "drop index invoices.invoices_number_idx;",
            Instead = [new("drop index concurrently if exists invoices.invoices_number_idx;", Transactional: false)],
            Find = Statements((script, phrase) =>
                (phrase.Begins("drop index") && !IsConcurrent(phrase) && !Names(phrase).All(name => script.HasMade(name, "index")))
                    || (phrase.Begins("reindex") && !IsConcurrent(phrase))),
        },
        new()
        {
            Id = "concurrently-in-transaction",
            Refuses = "`concurrently` in a migration that runs in a transaction",
            Why = "PostgreSQL refuses it there.",
            Refused = "create index concurrently if not exists invoices_number_idx on invoices.invoices (number);",
            Instead = [BuiltBeside],
            Find = Statements((script, phrase) => script.Transactional && IsConcurrent(phrase)),
        },
        new()
        {
            Id = "one-statement",
            Refuses = "more than one statement in a migration without a transaction",
            Why = "If the second one fails, the first one stays, and the version table knows of neither; and statements that are sent together share a transaction after all.",
            Refused = new(
                """
                create index concurrently if not exists invoices_number_idx on invoices.invoices (number);
                create index concurrently if not exists invoices_title_idx on invoices.invoices (title);
                """,
                Transactional: false),
            Instead = [BuiltBeside, new("create index concurrently if not exists invoices_title_idx on invoices.invoices (title);", Transactional: false)],
            Find = (script, statement) => !script.Transactional && statement != script.Statements[0] ? [statement.Phrase] : [],
        },
        new()
        {
            Id = "outside-transaction",
            Refuses = "anything but `concurrently`, a `do` block and `alter type … add value if not exists` in a migration without a transaction",
            Why = "Killed after its work and before it is noted it is run again, and fails; and what locks, keeps its lock for all that it does.",
            Refused = new("alter table invoices.invoices add column number integer null;", Transactional: false),
            Instead = ["alter table invoices.invoices add column number integer null;"],
            OnTheWayBack = false,
            Find = Statements((script, phrase) => !script.Transactional
                && !IsConcurrent(phrase)
                && !phrase.Begins("do")
                && !(phrase.Begins("alter type") && phrase.Has("add value if not exists"))),
        },
        new()
        {
            Id = "run-again",
            Refuses = "`concurrently` without a name and `if not exists`, or `if exists`",
            Why = "A run that is killed after its work and before it is noted is run again. (An index that is left half built is dropped by the migrator, by its name.)",
            Refused = new("create index concurrently invoices_number_idx on invoices.invoices (number);", Transactional: false),
            Instead = [BuiltBeside],
            Find = Statements((_, phrase) => IsConcurrent(phrase) && phrase.Has("index") && !phrase.Begins("reindex") && !phrase.Has("if not exists") && !phrase.Has("if exists")),
        },
    ];

    /// <summary>Whether it is done beside the traffic, and so outside of a transaction.</summary>
    public static bool IsConcurrent(SqlPhrase phrase) =>
        phrase.Begins("create index concurrently")
            || phrase.Begins("create unique index concurrently")
            || phrase.Begins("drop index concurrently")
            || (phrase.Begins("reindex") && phrase.Has("concurrently"))
            || (phrase.Has("detach partition") && phrase.Has("concurrently"));

    private static bool IsCreateIndex(SqlPhrase phrase) => phrase.Begins("create index") || phrase.Begins("create unique index");

    private static IEnumerable<string> Names(SqlPhrase drop) => drop.After("index").Skip("if exists").Split(',').Select(name => name.Name().Name);
}
