using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HardenedService.Tests.Shipping;

/// <summary>What a workflow of GitHub Actions may do, and may not be made to do by whoever opens a pull request.</summary>
internal static partial class WorkflowRules
{
    /// <summary>How a workflow calls a step of CI; nothing else is run.</summary>
    public const string Call = "dotnet run --project dev/HardenedService.Ci -- ";

    private const int LongestMinutes = 60;

    /// <summary>What is wrong with a workflow.</summary>
    public static IEnumerable<string> Violations(string text)
    {
        var workflow = Yaml.Parse(text).Single();
        var jobs = Jobs(workflow);

        // They run with the repository's own rights, on what a stranger has sent.
        foreach (var trigger in Triggers(workflow).Intersect(["pull_request_target", "workflow_run", "issue_comment"]))
        {
            yield return $"is started by {trigger}, with secrets, by whoever likes.";
        }

        if (workflow["permissions"] is not JsonObject { Count: 1 } permissions || !permissions["contents"].Is("read") || jobs.Any(job => job["permissions"] is not null))
        {
            yield return "may do more than read: permissions.";
        }

        if (workflow["concurrency"] is null)
        {
            yield return "runs beside itself: concurrency.";
        }

        if (text.Contains("secrets.", StringComparison.Ordinal) || text.Contains("secrets[", StringComparison.Ordinal) || text.Contains("inherit", StringComparison.Ordinal))
        {
            yield return "knows a secret.";
        }

        foreach (var violation in jobs.SelectMany(OfJob).Concat(Unpinned(text)))
        {
            yield return violation;
        }
    }

    /// <summary>The steps of CI that each job runs, in order.</summary>
    public static IEnumerable<IReadOnlyList<string>> Steps(string text) =>
        Jobs(Yaml.Parse(text).Single()).Select(job => Runs(job).Where(run => run.StartsWith(Call, StringComparison.Ordinal)).Select(run => run[Call.Length..]).ToList());

    private static IEnumerable<string> OfJob(JsonObject job)
    {
        if (!int.TryParse($"{job["timeout-minutes"]}", CultureInfo.InvariantCulture, out var minutes) || minutes > LongestMinutes)
        {
            yield return "may hang for six hours: timeout-minutes.";
        }

        if ($"{job["runs-on"]}".EndsWith("-latest", StringComparison.Ordinal))
        {
            yield return $"runs on another image one day: {job["runs-on"]}.";
        }

        foreach (var run in Runs(job).Where(run => !run.StartsWith(Call, StringComparison.Ordinal)))
        {
            yield return $"does something that nobody can run at home: {run}";
        }

        // Whatever stands there is pasted into the script, and the title of a pull request is anybody's to write.
        foreach (var run in Runs(job).Where(run => run.Contains("${{", StringComparison.Ordinal)))
        {
            yield return $"pastes into a script: {run}";
        }

        foreach (var checkout in Steps(job).Where(step => $"{step["uses"]}".StartsWith("actions/checkout@", StringComparison.Ordinal) && !(step["with"]?["persist-credentials"]).Is(false)))
        {
            yield return $"leaves its token lying in the working copy: {checkout["uses"]} without persist-credentials: false.";
        }
    }

    private static IEnumerable<string> Unpinned(string text) =>
        from Match use in Use().Matches(text)
        where !Pinned().IsMatch(use.Groups["action"].Value)
        select $"uses what may be another action tomorrow: {use.Groups["action"].Value}. Name the commit, and behind it the version.";

    private static IEnumerable<string> Triggers(JsonObject workflow) => workflow["on"] switch
    {
        JsonObject triggers => triggers.Select(trigger => trigger.Key),
        var triggers => triggers.Texts(),
    };

    private static List<JsonObject> Jobs(JsonObject workflow) => [.. workflow["jobs"]!.AsObject().Select(job => job.Value!.AsObject())];

    private static IEnumerable<JsonObject> Steps(JsonObject job) => job["steps"]!.AsArray().Select(step => step!.AsObject());

    private static IEnumerable<string> Runs(JsonObject job) => Steps(job).Where(step => step["run"] is not null).Select(step => $"{step["run"]}");

    [GeneratedRegex(@"^\s*(- )?uses:\s*(?<action>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Use();

    [GeneratedRegex(@"^[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pinned();
}
