namespace HardenedService.Operations.Migrations.Linting;

/// <summary>A statement that may do what a rule refuses, because somebody said why.</summary>
internal sealed record AssuredStatement(string File, int Line, string Id, string Reason);

/// <summary>Holds scripts to the rules. It reads; it needs no database.</summary>
internal static class MigrationLint
{
    /// <summary>What is wrong with a script, in the order of its lines.</summary>
    public static IReadOnlyList<LintFinding> Check(LintedScript script)
    {
        try
        {
            script = script.Parsed();
            return
            [
                .. script.Statements.SelectMany(statement => Check(script, statement))
                    .Concat(script.Astray.Select(assurance => new LintFinding(
                        script.File, assurance.Line, "assurance", "an assurance that stands directly above no statement. Put it there, or take it away.")))
                    .OrderBy(finding => finding.Line),
            ];
        }
        catch (SqlSyntaxException exception)
        {
            return [new(script.File, exception.Line, "syntax", $"{exception.Message}.")];
        }
    }

    /// <summary>What is assured in a script, with the reasons.</summary>
    public static IReadOnlyList<AssuredStatement> Assured(LintedScript script)
    {
        try
        {
            script = script.Parsed();
        }
        catch (SqlSyntaxException)
        {
            return [];
        }

        return
        [
            .. from statement in script.Statements
               where statement.Assurance is not null
               from found in Refused(script, statement).DistinctBy(found => found.Rule)
               select new AssuredStatement(script.File, found.Part.Line, found.Rule.Id, statement.Assurance!.Reason),
        ];
    }

    private static List<LintFinding> Check(LintedScript script, SqlStatement statement)
    {
        var refused = Refused(script, statement).Select(found => LintFinding.Of(script, found.Part.Line, found.Rule)).ToList();
        return statement.Assurance switch
        {
            null => refused,
            { Reason: "", Line: var line } => [new(script.File, line, "assurance", "an assurance without a reason. Say why this is safe, to whoever reads it in a year.")],
            { Line: var line } when refused.Count == 0 => [new(script.File, line, "assurance", "an assurance above what no rule refuses. Take it away.")],
            _ => [],
        };
    }

    private static IEnumerable<(LintRule Rule, SqlPhrase Part)> Refused(LintedScript script, SqlStatement statement) =>
        from rule in LintRules.All
        where rule.OnTheWayBack || !script.IsWayBack
        from part in rule.Find(script.At(statement), statement)
        select (rule, part);
}
