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
    private const string WhateverFailed = "${{ !cancelled() }}";

    private static readonly string[] Triggering = ["push", "pull_request", "schedule", "workflow_dispatch"];
    private static readonly string[] OfWorkflows = ["name", "on", "permissions", "concurrency", "env", "jobs"];
    private static readonly string[] OfJobs = ["name", "needs", "runs-on", "timeout-minutes", "env", "permissions", "steps"];
    private static readonly string[] OfSteps = ["name", "uses", "with", "run", "env", "if"];

    /// <summary>What is wrong with a workflow.</summary>
    public static IEnumerable<string> Violations(string text)
    {
        var workflow = Yaml.Parse(text).Single();
        var jobs = Jobs(workflow);

        // Many others run with the repository's own rights, on what a stranger has sent.
        foreach (var trigger in Triggers(workflow).Except(Triggering))
        {
            yield return $"is started by {trigger}, maybe with secrets, and by whoever likes.";
        }

        if (workflow["permissions"] is not JsonObject { Count: 1 } permissions || !permissions["contents"].Is("read") || jobs.Any(job => job["permissions"] is not null))
        {
            yield return "may do more than read: permissions.";
        }

        if (workflow["concurrency"] is null)
        {
            yield return "runs beside itself: concurrency.";
        }

        // As it is read, and not as it is written: YAML knows escapes, and expressions do not mind case.
        if (workflow.ToJsonString().Contains("secrets", StringComparison.OrdinalIgnoreCase))
        {
            yield return "knows a secret.";
        }

        if (workflow.Objects().Any(item => item.ContainsKey("env") && (item["env"] is not JsonObject variables || variables.ContainsKey("CI"))))
        {
            yield return "decides whether it is CI, where what is not run counts as failed: env.";
        }

        foreach (var violation in Unknown("the workflow", workflow, OfWorkflows).Concat(jobs.SelectMany(OfJob)).Concat(Unpinned(text, jobs)))
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

        if (!Numbered().IsMatch($"{job["runs-on"]}"))
        {
            yield return $"runs on another image one day, or on somebody's own machine: {job["runs-on"]}. Name an ubuntu by its number.";
        }

        // What is not known here may make a failure count for nothing, or run a step by other means.
        foreach (var violation in Unknown("a job", job, OfJobs).Concat(Steps(job).SelectMany(step => Unknown("a step", step, OfSteps))))
        {
            yield return violation;
        }

        foreach (var step in Steps(job).Where(step => step["run"] is not null && step["if"] is not null && !step["if"].Is(WhateverFailed)))
        {
            yield return $"may pass over {step["run"]}: if: {step["if"]}.";
        }

        foreach (var run in Runs(job).Where(run => !Called().IsMatch(run)))
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

    // However a step is written, its action stands once in the way that is asked for: the version is a comment, which only the text has.
    private static IEnumerable<string> Unpinned(string text, List<JsonObject> jobs)
    {
        var pinned = Pinned().Matches(text).Select(use => use.Groups["action"].Value).ToHashSet(StringComparer.Ordinal);

        return jobs.SelectMany(Steps).Where(step => step["uses"] is not null).Select(step => $"{step["uses"]}").Where(action => !pinned.Contains(action))
            .Select(action => $"uses what may be another action tomorrow: {action}. Name the commit, and behind it the version.");
    }

    private static IEnumerable<string> Unknown(string owner, JsonObject item, string[] known) =>
        item.Select(member => member.Key).Except(known).Select(key => $"says of {owner} what is not known here: {key}.");

    private static IEnumerable<string> Triggers(JsonObject workflow) => workflow["on"] switch
    {
        JsonObject triggers => triggers.Select(trigger => trigger.Key),
        var triggers => triggers.Texts(),
    };

    private static List<JsonObject> Jobs(JsonObject workflow) => [.. workflow["jobs"]!.AsObject().Select(job => job.Value!.AsObject())];

    private static IEnumerable<JsonObject> Steps(JsonObject job) => (job["steps"] as JsonArray ?? []).OfType<JsonObject>();

    private static IEnumerable<string> Runs(JsonObject job) => Steps(job).Where(step => step["run"] is not null).Select(step => $"{step["run"]}");

    [GeneratedRegex(@"^\s*(- )?uses: (?<action>[\w-]+/[\w./-]+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^ubuntu-\d+\.\d+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbered();

    [GeneratedRegex($@"^{Call}[a-z]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Called();
}
