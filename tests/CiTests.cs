using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;
using HardenedStarter.Build;
using HardenedStarter.Tests.Shipping;

namespace HardenedStarter.Tests;

/// <summary>The restricted variant is built and tested as its own CI does it: by the one command.</summary>
public sealed partial class CiTests(TemplateFixture template)
{
    private const string Ci = $"dev/{TemplateFixture.DefaultName}.Ci";
    private const string Operations = $"src/{TemplateFixture.DefaultName}.Operations";

    // Of a whole suite, on a machine that is slow and busy.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(40);

    private static readonly string[] Bills = [$"artifacts/sbom/{TemplateFixture.DefaultName}.Api.cdx.json", $"artifacts/sbom/{TemplateFixture.DefaultName}.Operations.cdx.json"];

    [Fact(DisplayName = "Wall J5: the restricted variant passes each step of its CI, and each step finds what is planted for it")]
    public async Task The_restricted_variant_passes_each_step_of_its_CI_and_each_step_finds_what_is_planted_for_it()
    {
        var scaffold = await template.ScaffoldAsync(TemplateFixture.DefaultName, "--feed", Feed.Restricted);
        using var source = AuditSource.Start(scaffold.Directory, knows: true);

        var all = await RunAsync(scaffold);
        Assert.True(all.ExitCode == 0, all.Output);
        Assert.Matches(PassedTests(), all.Output);
        string[] passed = ["restore", "build", "format", "lint", "squawk", "sbom", "test", "packages", "drill", "readiness"];
        Assert.All(passed, step => Assert.Matches($@"(?m)^{step}\s+passed", all.Output));
        Assert.Matches(@"(?m)^image\s+not run.* docker", all.Output);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(scaffold.Directory, "artifacts", "tests"), "*.trx"));
        Assert.Contains("May this build of", scaffold.Read("artifacts/readiness/report.html"), StringComparison.Ordinal);
        Assert.Contains("\"candidate\": true", scaffold.Read("artifacts/readiness/report.json"), StringComparison.Ordinal);

        await AssertBillsAsync(scaffold);
        await AssertSilenceIsNoAnswerAsync(scaffold);
        await AssertFaultsAreFoundAsync(scaffold);
    }

    private static async Task AssertBillsAsync(Scaffold scaffold)
    {
        var written = Bills.Select(scaffold.Read).ToList();

        foreach (var (file, text) in Bills.Zip(written))
        {
            Assert.Empty(await Linters.BillOfMaterialsAsync(Path.Combine(scaffold.Directory, file)));
            Assert.DoesNotContain(scaffold.Directory, text, StringComparison.Ordinal);
            var project = Path.GetFileName(file)[..^".cdx.json".Length];
            Assert.Empty(BillOfMaterials.Faults(JsonNode.Parse(text)!, JsonNode.Parse(scaffold.Read($"src/{project}/obj/project.assets.json"))!));
        }

        var again = await RunAsync(scaffold, "sbom");
        Assert.True(again.ExitCode == 0, again.Output);
        Assert.Equal(written, Bills.Select(scaffold.Read));
    }

    private static async Task AssertSilenceIsNoAnswerAsync(Scaffold scaffold)
    {
        var known = scaffold.Read("nuget.config");
        using var silent = AuditSource.Start(scaffold.Directory, knows: false);

        var strict = await RunAsync(scaffold, "packages", "--strict");
        Assert.Equal(1, strict.ExitCode);
        Assert.Matches(@"(?m)^packages\s+not run.*no package source knows of vulnerabilities", strict.Output);

        await File.WriteAllTextAsync(Path.Combine(scaffold.Directory, "nuget.config"), known);
    }

    private static async Task AssertFaultsAreFoundAsync(Scaffold scaffold)
    {
        const string Script = $"{Operations}/Migrations/M0002_Sessions.up.sql";
        var sound = scaffold.Read(Script);
        Plant(scaffold, Script, "create table", "create index on identity.accounts (id);\ncreate table");
        var lint = await RunAsync(scaffold, "squawk");
        Assert.Equal(1, lint.ExitCode);
        Assert.Contains("require-concurrent-index-creation", lint.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(scaffold.Directory, Script), sound);

        var release = await scaffold.DotnetAsync("run", "--project", Operations, "--configuration", "Release", "--no-build", "--", "migrate", "release");
        Assert.True(release.Succeeded, release.Output);
        Plant(scaffold, $"{Operations}/Migrations/M0001_Identity.up.sql", "create table", "create  table");
        Plant(scaffold, $"{Operations}/Program.cs", "return await", "return  await");
        Plant(scaffold, $"{Operations}/{Path.GetFileName(Operations)}.csproj", """<PackageReference Include="Npgsql" />""", """<PackageReference Include="Npgsql" /><PackageReference Include="Newtonsoft.Json" />""");
        Plant(scaffold, "Directory.Packages.props", "<ItemGroup>", """<ItemGroup><PackageVersion Include="Newtonsoft.Json" Version="12.0.1" />""");

        var faults = await RunAsync(scaffold, "restore", "build", "format", "lint", "packages");
        Assert.Equal(1, faults.ExitCode);
        Assert.Contains("Not well: format, lint, packages.", faults.Output, StringComparison.Ordinal);
        Assert.Contains("M0001_Identity.up.sql", faults.Output, StringComparison.Ordinal);
        Assert.Contains($"Newtonsoft.Json 12.0.1: High, {AuditSource.Advisory}", faults.Output, StringComparison.Ordinal);

        Plant(scaffold, $"{Operations}/Program.cs", "return  await", "#warning Planted\nreturn await");
        var warning = await RunAsync(scaffold, "build", "lint");
        Assert.Equal(1, warning.ExitCode);
        Assert.Contains("Not well: build.", warning.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^lint\s+not run.*build did not pass", warning.Output);
    }

    private static void Plant(Scaffold scaffold, string file, string written, string planted)
    {
        var text = scaffold.Read(file);
        Assert.Contains(written, text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(scaffold.Directory, file), new Regex(Regex.Escape(written), RegexOptions.None, TimeSpan.FromSeconds(1)).Replace(text, planted, count: 1));
    }

    // As a developer does it: not strict.
    private static async Task<DotnetResult> RunAsync(Scaffold scaffold, params string[] arguments)
    {
        var start = Dotnet.StartInfo(scaffold.Directory, ["run", "--project", Ci, "--", .. arguments]);
        start.Environment.Remove("CI");
        start.Environment.Remove("SOURCE_DATE_EPOCH");
        start.Environment["PATH"] = $"{WithoutDocker(scaffold)}{Path.PathSeparator}{start.Environment["PATH"]}";
        var output = new ConcurrentQueue<string>();
        await using var process = SupervisedProcess.Start(start, "TERM KILL", TimeSpan.FromSeconds(5), output.Enqueue);

        try
        {
            return new DotnetResult(await process.Exited.WaitAsync(Patience, TestContext.Current.CancellationToken), string.Join('\n', output));
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"It did not end within {Patience}:\n{string.Join('\n', output)}", exception);
        }
    }

    // Whether an image can be built here is not the question: not every machine that has a docker reaches what it pulls.
    private static string WithoutDocker(Scaffold scaffold)
    {
        var programs = Directory.CreateDirectory($"{scaffold.Directory}.programs").FullName;
        MachinePrograms.Write(programs, "docker", "#!/bin/sh\nexit 1\n");

        return programs;
    }

    [GeneratedRegex(@"Passed!\s+- Failed:\s+0, Passed:\s+[1-9]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassedTests();
}
