using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Time limits and transactions are the migrator's, and locks are short.</summary>
internal static class TransactionRules
{
    private static readonly HashSet<string> Limits = new(["lock_timeout", "statement_timeout"], StringComparer.OrdinalIgnoreCase);
    private static readonly string[] Setting = ["set", "reset", "alter role", "alter user", "alter database", "alter system"];
    private static readonly string[] Storage = ["set logged", "set unlogged", "set tablespace", "set access method", "set without", "in tablespace"];
    private static readonly string[] Stored = ["index", "materialized view"];
    private static readonly string[] Control = ["begin", "start transaction", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare transaction"];
    private static readonly string[] Definitions = ["execute", "create", "alter", "drop", "truncate", "lock", "grant", "revoke", "refresh", "reindex", "cluster", "vacuum"];
    private static readonly string[] Writes = ["update", "delete", "merge", "insert"];
    private static readonly string[] Unbounded = ["merge", "with", "copy", "call", "refresh materialized view"];

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "lock-timeout",
            Refuses = "another `lock_timeout` or `statement_timeout`",
            Why = "The migrator sets both for every migration, and tries again. Without them, a migration that waits for a long transaction makes everyone else wait behind it.",
            Refused =
                """
                set local lock_timeout = 0;
                alter table invoices.invoices add column number integer null;
                """,
            Instead = ["alter table invoices.invoices add column number integer null;"],
            Find = Statements((_, phrase) =>
                phrase.Begins("discard")
                    || phrase.Begins("reset all")
                    || ((Setting.Any(phrase.Begins) || phrase.HasAnywhere("set_config")) && phrase.Tokens.Any(token => Limits.Contains(token.Text)))),
        },
        new()
        {
            Id = "transaction-control",
            Refuses = "`begin`, `commit` and their kin",
            Why = "The transaction is the migrator's: it holds the script and its row in the version table.",
            Refused =
                """
                begin;
                alter table invoices.invoices add column number integer null;
                commit;
                """,
            Instead = ["alter table invoices.invoices add column number integer null;"],
            Find = Statements((_, phrase) => Control.Any(phrase.Begins)),
        },
        new()
        {
            Id = "exclusive-lock",
            Refuses = "`lock table`, `vacuum full`, `cluster`, `refresh materialized view` without `concurrently`, and another place or kind of storage for an existing table",
            Why = "Nobody can read or write the table until it is done.",
            Refused = "refresh materialized view invoices.totals;",
            Instead = ["refresh materialized view concurrently invoices.totals;"],
            Find = (script, statement) => Statements((_, phrase) =>
                    phrase.Begins("lock")
                        || phrase.Begins("cluster")
                        || (phrase.Begins("vacuum") && phrase.HasAnywhere("full"))
                        || (phrase.Begins("refresh materialized view") && !phrase.Has("concurrently") && !script.HasMade(phrase.After("view").Name().Name))
                        || Stored.Any(kind => phrase.Begins($"alter {kind}") && Storage.Any(phrase.Has) && !script.HasMade(phrase.After(kind).Skip("if exists").Name().Name)))(script, statement)
                .Concat(Actions(action => Storage.Any(action.Begins))(script, statement)),
        },
        new()
        {
            Id = "whole-table-write",
            Refuses = "`update` or `delete` of all rows of an existing table",
            Why = "Every row is locked until the last one is written. Write them by batches, in a migration without a transaction, or let the service do it.",
            Refused = "update invoices.invoices set number = 0;",
            Instead =
            [
                new(
                    """
                    do $$
                    begin
                      loop
                        update invoices.invoices
                        set number = 0
                        where id in (
                          select id
                          from invoices.invoices
                          where number is null
                          limit 1000
                        );
                        exit when not found;
                        commit;
                      end loop;
                    end
                    $$;
                    """,
                    Transactional: false),
            ],
            Find = Statements((script, phrase) =>
                (phrase.Begins("update") || phrase.Begins("delete from"))
                    && !phrase.Has("where")
                    && !script.HasMade(phrase.Skip("update").Skip("delete from").Skip("only").Name().Name)),
        },
        new()
        {
            Id = "write-apart",
            Refuses = "`update`, `delete`, `merge`, `with`, `insert … select`, `select … into`, `create table … as`, a materialized view that is filled, `copy`, `call` and a `do` block that writes, in the transaction that has locked an existing table before: by `alter table`, a trigger, a policy, a foreign key, `drop`, `truncate` or whatever stands under an assurance",
            Why = "It takes its time for every row, and the lock of what came before is kept until it is done.",
            Refused =
                """
                alter table invoices.invoices add column number integer null;
                update invoices.invoices set number = 0 where paid_at is null;
                """,
            Instead =
            [
                "alter table invoices.invoices add column number integer null;",
                "update invoices.invoices set number = 0 where paid_at is null;",
            ],
            Find = (script, statement) => TakesItsTime(script, statement) && HeldLocks.Has(script) ? [statement.Phrase] : [],
        },
        new()
        {
            Id = "hidden-statement",
            Refuses = "a `do` block that defines something, sets a limit of time, or executes a text",
            Why = "This lint does not see into it.",
            Refused =
                """
                do $$
                begin
                  alter table invoices.invoices alter column number set not null;
                end
                $$;
                """,
            Instead =
            [
                "alter table invoices.invoices add constraint invoices_number_check check (number is not null) not valid;",
            ],
            Find = (_, statement) => statement.Phrase.Begins("do") && statement.Bodies.Any(token => Limits.Contains(token.Text) || Definitions.Any(token.Is))
                ? [statement.Phrase]
                : [],
        },
    ];

    private static bool TakesItsTime(LintedScript script, SqlStatement statement) => statement.Phrase switch
    {
        var phrase when phrase.Begins("update") || phrase.Begins("delete from") => !script.HasMade(phrase.Skip("update").Skip("delete from").Skip("only").Name().Name),
        var phrase when phrase.Begins("insert") => phrase.Has("select") && phrase.Has("from"),
        var phrase when phrase.Begins("do") => statement.Bodies.Any(token => Writes.Any(token.Is)),
        var phrase when phrase.Begins("select") => phrase.Has("into"),
        var phrase when phrase.Begins("create materialized view") || statement.CreatedTable is not null => phrase.Has("as") && !phrase.Has("with no data"),
        var phrase => Unbounded.Any(phrase.Begins),
    };
}
