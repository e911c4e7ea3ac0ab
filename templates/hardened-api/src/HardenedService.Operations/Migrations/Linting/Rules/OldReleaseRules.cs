using HardenedService.Operations.Databases;
using static HardenedService.Operations.Migrations.Linting.LintRule;

namespace HardenedService.Operations.Migrations.Linting.Rules;

/// <summary>The release that still runs finds everything where it was.</summary>
internal static class OldReleaseRules
{
    private static readonly string[] Dropped = ["table", "foreign table", "view", "materialized view", "schema", "type", "domain", "sequence", "function", "procedure", "routine", "aggregate", "extension"];
    private static readonly string[] Renamed = [.. Dropped, "index"];

    public static IReadOnlyList<LintRule> All { get; } =
    [
        new()
        {
            Id = "rename",
            Refuses = "another name, or another schema, for what exists",
            Why = "The release that still runs knows the old name: of a table or a column as much as of a constraint or its index, which it answers by.",
            Refused = "alter table invoices.invoices rename column title to subject;",
            Instead =
            [
                """
                -- Write both, fill this one in by batches, read it, and drop the old one two releases later.
                alter table invoices.invoices add column subject text null;
                """,
            ],
            OnTheWayBack = false,
            Find = Statements((script, phrase) =>
                Renamed.FirstOrDefault(kind => phrase.Begins($"alter {kind}")) is { } kind
                    && (phrase.Has("rename") || phrase.Has("set schema"))
                    && !script.HasMade(phrase.After(kind).Skip("if exists").Skip("only").Name().Name, kind)),
        },
        new()
        {
            Id = "drop",
            Refuses = "`drop` of a table, a column, a view, a schema, a type or a function, `truncate`, `detach partition`, and `revoke` from the service's role, without an assurance",
            Why = "The release that still runs reads and writes it. Only people know which release was the last one to: drop it one release later, and say which one that was.",
            Refused = "alter table invoices.invoices drop column title;",
            Instead =
            [
                """
                -- safety-assured: nothing reads or writes it since release 42.
                alter table invoices.invoices drop column title;
                """,
            ],
            OnTheWayBack = false,
            Find = (script, statement) => Actions(DropsColumn)(script, statement).Concat(Statements(IsDrop)(script, statement)).Concat(Statements(IsRevoke)(script, statement)),
        },
    ];

    private static bool DropsColumn(SqlPhrase action) => (action.Begins("drop") && !action.Begins("drop constraint")) || action.Begins("detach partition");

    private static bool IsDrop(LintedScript script, SqlPhrase phrase)
    {
        var what = Dropped.FirstOrDefault(kind => phrase.Begins($"drop {kind}"));
        var names = phrase.Begins("truncate") ? phrase.Skip("truncate").Skip("table")
            : what is null ? new([])
            : phrase.After(what).Skip("if exists");
        return !names.IsEmpty && !names.Split(',').All(name => script.HasMade(name.Skip("only").Name().Name, what ?? "table"));
    }

    private static bool IsRevoke(LintedScript script, SqlPhrase phrase) =>
        phrase.Begins("revoke")
            && phrase.After("from").Split(',').Any(role => role.Name().Name == DatabaseRoles.App)
            && !script.HasMade(phrase.After("on").Skip("table").Name().Name);
}
