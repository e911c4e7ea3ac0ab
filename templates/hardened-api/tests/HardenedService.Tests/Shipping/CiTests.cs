using System.Diagnostics;
using System.Xml.Linq;
using HardenedService.Ci;
using HardenedService.Operations.Postgres;
using HardenedService.Tests.Infrastructure;

namespace HardenedService.Tests.Shipping;

/// <summary>How the steps of CI judge, and how they are judged together.</summary>
public sealed class CiTests
{
    private const string Vulnerable = """
        {
          "version": 1,
          "parameters": "--vulnerable --include-transitive",
          "sources": ["https://packages.example/index.json"],
          "projects": [
            { "path": "/src/Sound.csproj" },
            {
              "path": "/src/Shipped.csproj",
              "frameworks": [
                {
                  "framework": "net10.0",
                  "topLevelPackages": [
                    {
                      "id": "Direct", "requestedVersion": "1.0.0", "resolvedVersion": "1.0.1",
                      "vulnerabilities": [{ "severity": "High", "advisoryurl": "https://advisories.example/1" }, { "severity": "Low", "advisoryurl": "https://advisories.example/2" }]
                    }
                  ],
                  "transitivePackages": [
                    { "id": "Behind", "resolvedVersion": "2.0.0", "vulnerabilities": [{ "severity": "Critical", "advisoryurl": "https://advisories.example/3" }] }
                  ]
                }
              ]
            }
          ]
        }
        """;

    // An SDK that knows of vulnerable packages, if it is asked for all.
    private const string WriteStandIn = """
        cat >dotnet <<'end'
        #!/bin/sh
        case "$*" in *--vulnerable*--include-transitive*) cat vulnerable.json ;; *) echo '{ "version": 1, "projects": [] }' ;; esac
        end
        chmod +x dotnet
        """;

    [Fact]
    [Wall("J5")]
    public void Vulnerable_packages_are_found_whether_named_or_not() => Assert.Equal(
        ["Direct 1.0.1: High, https://advisories.example/1", "Direct 1.0.1: Low, https://advisories.example/2", "Behind 2.0.0: Critical, https://advisories.example/3"],
        PackageAudit.Findings(Vulnerable).Select(finding => $"{finding}"));

    [Fact]
    [Wall("J5")]
    public async Task The_packages_behind_packages_are_asked_for_and_one_that_is_vulnerable_fails_the_step()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in is a shell script.");
        var solution = Directory.CreateTempSubdirectory("ci-");
        await File.WriteAllTextAsync(Path.Combine(solution.FullName, "Directory.Build.props"), "<Project />", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(solution.FullName, "Directory.Packages.props"), "<Project />", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(solution.FullName, "vulnerable.json"), Vulnerable, TestContext.Current.CancellationToken);
        // Written by another process: while we hold a file open for writing, a process that we fork elsewhere holds it too, and it cannot be run.
        var written = await SupervisedProcess.RunAsync(new ProcessStartInfo("/bin/sh", ["-c", WriteStandIn]) { WorkingDirectory = solution.FullName }, TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), written);

        var failure = await Assert.ThrowsAsync<StepException>(() => PackageAudit.RunAsync(new Workshop(solution.FullName, null, default) { Dotnet = Path.Combine(solution.FullName, "dotnet") }));

        Assert.Equal("2 packages have known vulnerabilities: see above", failure.Message);
        solution.Delete(recursive: true);
    }

    [Theory]
    [Wall("J5")]
    [InlineData("", "of a form that is not known")]
    [InlineData("No assets file was found", "of a form that is not known")]
    [InlineData("[]", "of a form that is not known")]
    [InlineData("""{ "version": 2, "projects": [] }""", "of a form that is not known")]
    [InlineData("""{ "version": 1 }""", "of a form that is not known")]
    [InlineData("""{ "version": 1, "problems": [{ "level": "error", "text": "No assets file" }], "projects": [] }""", "No assets file")]
    public void A_report_that_cannot_be_read_is_no_good_news(string report, string reason) =>
        Assert.Contains(reason, Assert.Throws<NotRunException>(() => PackageAudit.Findings(report)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_advisory_is_accepted_by_its_address()
    {
        Assert.Empty(PackageAudit.Findings("""{ "version": 1, "projects": [{ "path": "/src/Sound.csproj" }] }"""));
        Assert.Equal(
            ["https://advisories.example/2"],
            PackageAudit.Accepted(XElement.Parse("""<Project><ItemGroup><NuGetAuditSuppress Include="https://advisories.example/2" /></ItemGroup></Project>""")));
    }

    [Fact]
    public void A_bill_of_materials_has_no_time_but_that_of_its_sources()
    {
        const string Bill = """{"metadata":{"timestamp":"2026-02-03T04:05:06Z","component":{"name":"a"}}}""";

        Assert.Equal("{\n  \"metadata\": {\n    \"component\": {\n      \"name\": \"a\"\n    }\n  }\n}\n", BillOfMaterials.Timeless(Bill, null));
        Assert.Contains("\"timestamp\": \"2001-09-09T01:46:40Z\"", BillOfMaterials.Timeless(Bill, "1000000000"), StringComparison.Ordinal);
    }

    /// <summary>Which steps do what, whether it is strict, and what comes of it.</summary>
    [Theory]
    [Wall("J5")]
    [InlineData("", "", false, true, "All is well.")]
    [InlineData("b", "", false, false, "Not well: b.")]
    [InlineData("", "c", false, true, "All is well, as far as it was run: not c.")]
    [InlineData("", "c", true, false, "Not well: c.")]
    [InlineData("a", "", false, false, "Not well: a.")]
    [InlineData("a", "", true, false, "Not well: a, b.")]
    [InlineData("", "a", false, true, "All is well, as far as it was run: not a, b.")]
    public async Task What_fails_ends_badly_and_what_is_not_run_does_in_CI(string failing, string missing, bool isStrict, bool isWell, string conclusion)
    {
        var ran = new List<string>();
        await using var output = new StringWriter();

        Assert.Equal(isWell, await new CiRun(new Workshop(".", null, default), isStrict, output).RunAsync([Step("a"), Step("b", "a"), Step("c")]));

        Assert.EndsWith($"{conclusion}{Environment.NewLine}", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(failing == "a" || missing == "a" ? ["a", "c"] : ["a", "b", "c"], ran);
        Assert.All(failing, name => Assert.Contains($"{name,-9} failed", output.ToString(), StringComparison.Ordinal));

        Step Step(string name, string? needs = null) => new(name, $"does {name}", needs, _ =>
        {
            ran.Add(name);
            return name == failing ? throw new StepException("found") : name == missing ? throw new NotRunException("missing") : Task.CompletedTask;
        });
    }

    [Fact]
    [Wall("J5")]
    public async Task A_step_that_breaks_off_has_failed_and_keeps_no_other_from_running()
    {
        var ran = false;
        await using var output = new StringWriter();
        Step[] steps = [new("a", "breaks off", null, _ => throw new InvalidOperationException("surprise")), new("b", "runs", null, _ => Task.FromResult(ran = true))];

        Assert.False(await new CiRun(new Workshop(".", null, default), isStrict: false, output).RunAsync(steps));

        Assert.True(ran);
        Assert.Contains("InvalidOperationException: surprise", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"Not well: a.{Environment.NewLine}", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Wall("J5")]
    public async Task A_step_that_needs_the_build_says_so_where_there_is_none()
    {
        var solution = Directory.CreateTempSubdirectory("ci-");
        solution.CreateSubdirectory("src/HardenedService.Operations/bin/Release");

        foreach (var step in Steps.All.Where(step => step.Needs == "build"))
        {
            var refusal = await Assert.ThrowsAsync<StepException>(() => step.RunAsync(new Workshop(solution.FullName, null, default)));
            Assert.EndsWith(" is not built for release: run the step build first", refusal.Message, StringComparison.Ordinal);
        }

        solution.Delete(recursive: true);
    }

    [Fact]
    [Wall("J5")]
    public async Task Squawk_does_not_pass_where_there_is_no_migration_and_has_nothing_to_say_of_those_that_are_released()
    {
        var solution = Directory.CreateTempSubdirectory("ci-");
        var migrations = solution.CreateSubdirectory("src/HardenedService.Operations/Migrations").FullName;
        var squawk = Steps.All.Single(step => step.Name == "squawk");
        var workshop = new Workshop(solution.FullName, null, default);

        await Assert.ThrowsAsync<StepException>(() => squawk.RunAsync(workshop));

        // Without a program either: neither npm nor a class beside the script is here.
        await File.WriteAllTextAsync(Path.Combine(migrations, "M0001_First.up.sql"), "select 1;", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(migrations, "released.sha256"), "00  M0001_First.up.sql\n", TestContext.Current.CancellationToken);
        await squawk.RunAsync(workshop);

        solution.Delete(recursive: true);
    }
}
