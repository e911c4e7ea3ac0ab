using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>Time limits and transactions are the migrator's, and locks are short.</summary>
internal static class TransactionRules
{
    private static readonly string[] Limits = ["lock_timeout", "statement_timeout"];
    private static readonly string[] Storage = ["set logged", "set unlogged", "set tablespace", "set access method", "set without"];
    private static readonly string[] Control = ["begin", "start transaction", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare transaction"];
    private static readonly string[] Definitions = ["execute", "create", "alter", "drop", "truncate", "lock", "grant", "revoke"];

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
                ((phrase.Begins("set") || phrase.Begins("reset")) && (Limits.Any(phrase.Has) || phrase.Has("all")))
                    || phrase.Begins("discard")
                    || (phrase.HasAnywhere("set_config") && phrase.Tokens.Any(token => token.Kind is SqlTokenKind.Text && Limits.Contains(token.Text)))),
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
                        || (phrase.Begins("refresh materialized view") && !phrase.Has("concurrently")))(script, statement)
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
                    && !script.Made.Contains(phrase.Skip("update").Skip("delete from").Skip("only").Name().Name)),
        },
        new()
        {
            Id = "hidden-statement",
            Refuses = "a `do` block that defines something, or executes a text",
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
            Find = Statements((_, phrase) => phrase.Begins("do") && phrase.Tokens
                .Where(token => token.Kind is SqlTokenKind.Text)
                .SelectMany(body => SqlTokenizer.Tokenize(body.Text))
                .Any(token => token.Kind is SqlTokenKind.Word && Definitions.Contains(token.Text))),
        },
    ];
}
