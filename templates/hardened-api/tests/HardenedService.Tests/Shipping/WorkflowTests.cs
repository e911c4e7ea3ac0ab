using System.Xml.Linq;
using HardenedService.Ci;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Shipping;

/// <summary>The workflows keep the rules, the rules find what breaks them, and each step of CI is in one of them.</summary>
public sealed class WorkflowTests
{
    private const string Sbom = WorkflowRules.Call + "sbom";

    private static readonly string Folder = Path.Combine(GeneratedDocument.SolutionDirectory(), ".github", "workflows");

    private static readonly IReadOnlyList<string> Known = [.. Steps.All.Select(step => step.Name)];

    public static TheoryData<string> Workflows => [.. Directory.GetFiles(Folder, "*.y*ml").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [Wall("J5")]
    [MemberData(nameof(Workflows))]
    public void A_workflow_reads_alone_and_runs_what_a_developer_can_run(string file) => Assert.Empty(WorkflowRules.Violations(Read(file)));

    [Theory]
    [Wall("J5")]
    [InlineData("  pull_request:\n", "  pull_request_target:\n", "is started by pull_request_target")]
    [InlineData("on:\n", "on:\n  workflow_run: { workflows: [CI] }\n", "is started by workflow_run")]
    [InlineData("on:\n", "on:\n  repository_dispatch:\n", "is started by repository_dispatch")]
    [InlineData("  contents: read", "  contents: write", "may do more than read")]
    [InlineData("  contents: read", "  contents: read\n  id-token: write", "may do more than read")]
    [InlineData("permissions:\n  contents: read\n", "", "may do more than read")]
    [InlineData("  image:\n", "  image:\n    permissions: write-all\n", "may do more than read")]
    [InlineData("concurrency:\n", "concurrent:\n", "runs beside itself")]
    [InlineData("  DOTNET_NOLOGO: 1", "  DEPLOY: ${{ secrets.DEPLOY }}", "knows a secret")]
    [InlineData("  DOTNET_NOLOGO: 1", "  DEPLOY: ${{ Secrets.DEPLOY }}", "knows a secret")]
    [InlineData("  DOTNET_NOLOGO: 1", "  DEPLOY: ${{ toJSON(secrets) }}", "knows a secret")]
    [InlineData("  DOTNET_NOLOGO: 1", "  DEPLOY: \"${{ s\\x65crets.DEPLOY }}\"", "knows a secret")]
    [InlineData("  DOTNET_NOLOGO: 1", "  CI: \"false\"", "decides whether it is CI")]
    [InlineData("run: " + Sbom, "run: " + Sbom + "\n        env: { CI: \"false\" }", "decides whether it is CI")]
    [InlineData("concurrency:\n", "defaults: { run: { shell: \"true {0}\" } }\nconcurrency:\n", "says of the workflow what is not known here: defaults")]
    [InlineData("  image:\n", "  image:\n    continue-on-error: true\n", "says of a job what is not known here: continue-on-error")]
    [InlineData("  image:\n", "  image:\n    if: false\n", "says of a job what is not known here: if")]
    [InlineData("  image:\n", "  image:\n    strategy: { matrix: { of: [] } }\n", "says of a job what is not known here: strategy")]
    [InlineData("run: " + Sbom, "run: " + Sbom + "\n        continue-on-error: true", "says of a step what is not known here: continue-on-error")]
    [InlineData("run: " + Sbom, "run: " + Sbom + "\n        shell: \"true {0}\"", "says of a step what is not known here: shell")]
    [InlineData("run: " + Sbom, "run: " + Sbom + "\n        if: false", "may pass over")]
    [InlineData("    timeout-minutes: 30\n", "", "may hang")]
    [InlineData("    timeout-minutes: 30\n", "    timeout-minutes: 300\n", "may hang")]
    [InlineData("runs-on: ubuntu-24.04", "runs-on: ubuntu-latest", "runs on another image one day")]
    [InlineData("runs-on: ubuntu-24.04", "runs-on: self-hosted", "or on somebody's own machine: self-hosted")]
    [InlineData("run: " + Sbom, "run: " + Sbom + " || true", "does something that nobody can run at home")]
    [InlineData("run: " + Sbom, "run: make sbom", "does something that nobody can run at home: make sbom")]
    [InlineData("run: " + Sbom, "run: " + Sbom + " ${{ github.event.pull_request.title }}", "pastes into a script")]
    [InlineData("          persist-credentials: false\n", "          fetch-depth: 1\n", "leaves its token lying")]
    [InlineData("actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0", "actions/cache@v4", "uses what may be another action tomorrow: actions/cache@v4")]
    [InlineData("    steps:\n", "    steps:\n      - { uses: actions/cache@main }\n", "uses what may be another action tomorrow: actions/cache@main")]
    [InlineData("    steps:\n", "    steps:\n      -  \"uses\": actions/cache@main\n", "uses what may be another action tomorrow: actions/cache@main")]
    [InlineData(" # v4.3.0", "", "Name the commit, and behind it the version")]
    public void A_workflow_that_breaks_a_rule_is_found(string written, string planted, string finding)
    {
        var text = Read("ci.yml");
        Assert.Contains(written, text, StringComparison.Ordinal);

        Assert.Contains(
            WorkflowRules.Violations(text.Replace(written, planted, StringComparison.Ordinal)), violation => violation.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    [Wall("J5")]
    public void Every_step_is_in_a_workflow_and_what_a_workflow_calls_is_a_step_after_those_that_it_needs()
    {
        var jobs = Workflows.SelectMany(file => WorkflowRules.Steps(Read(file.Data))).ToList();

        Assert.Equal(Known.Order(), jobs.SelectMany(job => job).Distinct().Order());

        foreach (var job in jobs)
        {
            var needs = job.Select(name => (Name: name, Steps.All.Single(step => step.Name == name).Needs)).Where(step => step.Needs is not null);
            Assert.All(needs, step => Assert.InRange(job.IndexOf(step.Needs!), 0, job.IndexOf(step.Name) - 1));
        }
    }

    /// <summary>Also the program that runs the steps, which is restored before it could ask for it.</summary>
    [Fact]
    [Wall("J5")]
    public void Where_CI_is_true_every_restore_keeps_to_the_locked_versions()
    {
        var locked = Assert.Single(XElement.Load(Path.Combine(GeneratedDocument.SolutionDirectory(), "Directory.Build.props")).Descendants("RestoreLockedMode"));

        Assert.Equal(("true", "'$(CI)' == 'true'"), (locked.Value, (string?)locked.Attribute("Condition")));
    }

    [Fact]
    public void A_step_stands_behind_the_one_that_it_needs() =>
        Assert.All(Steps.All.Where(step => step.Needs is not null), step => Assert.InRange(Known.IndexOf(step.Needs!), 0, Known.IndexOf(step.Name) - 1));

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n");
}

file static class Positions
{
    public static int IndexOf(this IReadOnlyList<string> names, string name) => names.ToList().IndexOf(name);
}
