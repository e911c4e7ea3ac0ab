using HardenedService.Operations.Readiness.Monitoring;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class Runbooks : IReadinessCheck
{
    private static readonly string[] Headings = ["Meaning", "First look", "Mitigation", "Escalation", "Verification"];

    public Concern Concern { get; } = new("runbooks", Tier.Must, "Whoever is woken finds a page that says what to do")
    {
        Proves = "Each alert names a runbook of this repository, and that says what the alert means, what to look at, what to do, whom to call, and how to see that it is over.",
        DoesNotProve = "That somebody has tried it.",
        How = "Reads the pages that the alerts of ops/prometheus/rules name, and looks for their headings and for something below each.",
        Mend = "ops/README.md",
    };

    public Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var alerts = RuleFile.ReadAll(context.InRepository("ops", "prometheus", "rules")).SelectMany(file => file.Rules).Where(rule => rule.IsAlert).ToList();

        return Task.FromResult(Finding.Of(
            [.. alerts.Count == 0 ? ["there is no alert that could have one"] : Array.Empty<string>(), .. alerts.SelectMany(alert => FaultsOf(alert, context))],
            $"{Counted.Of(alerts.Count, "alert")}, each with a page that is complete"));
    }

    private static IEnumerable<string> FaultsOf(Rule alert, ReadinessContext context)
    {
        if (alert.Annotations.GetValueOrDefault("runbook") is not { Length: > 0 } page)
        {
            return [$"{alert.Name} names no runbook"];
        }

        // Within the repository: an address elsewhere cannot be looked at from here.
        var path = page.Any(char.IsControl) ? "" : Path.GetFullPath(context.InRepository(page));

        if (!path.StartsWith(Path.GetFullPath(context.InRepository()) + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
        {
            return [$"{alert.Name}: there is no {page}"];
        }

        var sections = Sections(File.ReadAllText(path));

        return Headings.Where(heading => string.IsNullOrWhiteSpace(sections.GetValueOrDefault(heading))).Select(heading => $"{page} says nothing under {heading}");
    }

    private static Dictionary<string, string> Sections(string page) =>
        page.ReplaceLineEndings("\n").Split("\n## ").Skip(1)
            .Select(section => section.Split('\n', 2))
            .GroupBy(section => section[0].Trim())
            .ToDictionary(section => section.Key, section => section.First().ElementAtOrDefault(1) ?? "");
}
