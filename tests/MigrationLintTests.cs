using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>A second opinion on the emitted lint of migrations: squawk judges the examples of its documentation, and the migrations.</summary>
public sealed partial class MigrationLintTests(TemplateFixture template)
{
    private static readonly string Solution = Repository.Template;

    /// <summary>What squawk calls each rule.</summary>
    private static readonly Dictionary<string, string> Agreed = new()
    {
        ["create-index"] = "require-concurrent-index-creation",
        ["drop-index"] = "require-concurrent-index-deletion",
        ["run-again"] = "prefer-robust-stmts",
        ["not-null-column"] = "adding-required-field",
        ["volatile-default"] = "adding-field-with-default",
        ["set-not-null"] = "adding-not-nullable-field",
        ["type-change"] = "changing-column-type",
        ["serial"] = "prefer-identity",
        ["check-not-valid"] = "constraint-missing-not-valid",
        ["foreign-key-not-valid"] = "adding-foreign-key-constraint",
        ["validate-apart"] = "constraint-missing-not-valid",
        ["unique-using-index"] = "disallowed-unique-constraint",
        ["rename"] = "renaming-column",
        ["drop"] = "ban-drop-column",
        ["transaction-control"] = "transaction-nesting",
    };

    /// <summary>What squawk lets pass, and why the emitted lint does not.</summary>
    private static readonly Dictionary<string, string> OursAlone = new()
    {
        ["concurrently-in-transaction"] = "squawk refuses it beside further statements only; PostgreSQL refuses it in any transaction.",
        ["one-statement"] = "It is our migrator that notes a migration as a whole.",
        ["outside-transaction"] = "It is our migrator that notes a migration as a whole.",
        ["lock-timeout"] = "squawk asks scripts for limits, which our migrator sets; ours asks them to leave these alone.",
        ["exclusive-lock"] = "squawk has no such rule.",
        ["whole-table-write"] = "squawk judges definitions, not data.",
        ["write-apart"] = "squawk judges definitions, not data.",
        ["hidden-statement"] = "squawk does not look into blocks either.",
        ["tenant-wall"] = "A rule of this house.",
    };

    public static TheoryData<string> Rules => [.. Examples().Select(example => example.Rule).Distinct()];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Squawk_refuses_what_the_lint_refuses_or_the_difference_is_known(string rule)
    {
        foreach (var example in Examples().Where(example => example.Rule == rule))
        {
            var found = await SquawkAsync(example);
            string[] expected = example.IsRefused && Agreed.TryGetValue(rule, out var name) ? [name]
                : rule == "drop" ? ["ban-drop-column"] // It knows nothing of our assurances.
                : [];

            Assert.Equal(expected, found.Where(name => expected.Contains(name) || !Agreed.ContainsValue(name) || !example.IsRefused));
        }

        Assert.True(Agreed.ContainsKey(rule) ^ OursAlone.ContainsKey(rule), $"Say of {rule} what squawk calls it, or why it lets that pass.");
    }

    [Fact]
    public async Task Squawk_finds_nothing_in_the_migrations_but_what_they_tell_it_to_ignore()
    {
        var found = new List<string>();
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Solution, "src", "HardenedService.Operations", "Migrations"), "M*.up.sql").Order())
        {
            found.AddRange((await Linters.SquawkAsync(script, transactional: true)).Select(rule => $"{Path.GetFileName(script)}: {rule}"));
        }

        Assert.Empty(found);
    }

    private async Task<IReadOnlySet<string>> SquawkAsync(Example example)
    {
        var script = Path.Combine(template.NewFolder(), "example.sql");
        await File.WriteAllTextAsync(script, example.Sql);
        return await Linters.SquawkAsync(script, example.IsTransactional);
    }

    private static IEnumerable<Example> Examples() =>
        from section in File.ReadAllText(Path.Combine(Solution, "docs", "migrations.md")).Split("\n### ").Skip(1)
        from Match block in Block().Matches(section)
        select new Example(section[..section.IndexOf('\n', StringComparison.Ordinal)], block.Groups["kind"].Value == "refused", !block.Groups["none"].Success, block.Groups["sql"].Value);

    [GeneratedRegex(@"```sql\n-- (?<kind>refused|safe)(?<none>, in a migration with TransactionBehavior\.None)?\n(?<sql>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    private sealed record Example(string Rule, bool IsRefused, bool IsTransactional, string Sql);
}
