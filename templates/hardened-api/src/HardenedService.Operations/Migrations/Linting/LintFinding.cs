using System.Globalization;

namespace HardenedService.Operations.Migrations.Linting;

/// <summary>What is wrong with a script, where, and what to do instead.</summary>
internal sealed record LintFinding(string File, int Line, string Id, string Message)
{
    public static LintFinding Of(LintedScript script, int line, LintRule rule) => new(
        script.File, line, rule.Id, $"{rule.Refuses}. {rule.Why} Instead:\n\n{string.Join("\n\n", rule.Instead.Select(Example))}\n");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}: {Id}: {Message}");

    private static string Example(LintExample example, int place)
    {
        var then = place == 0 ? "" : "    -- in the next migration:\n";
        var alone = example.Transactional ? "" : "    -- in a migration with TransactionBehavior.None:\n";
        return $"{then}{alone}    {example.Sql.ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal)}";
    }
}
