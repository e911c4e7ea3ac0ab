using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using HardenedService.Operations.Readiness.Monitoring;
using Microsoft.Extensions.Configuration;
using static HardenedService.Tests.Readiness.RepositoryScene;

namespace HardenedService.Tests.Readiness;

/// <summary>Checks that look at the repository: this one passes, and each finds what is broken in a copy of it.</summary>
public sealed class RepositoryCheckTests
{
    private const string Rules = "ops/prometheus/rules/recovery.yml";
    private const string Runbook = "ops/runbooks/BackupOld.md";
    private const string Dashboards = "ops/grafana/database.json";

    [Theory]
    [InlineData("alerts-valid", "alerts; promtool is not installed here")]
    [InlineData("runbooks", "alerts, each with a page that is complete")]
    [InlineData("dashboards-match", " series of ours are documented and not measured yet")]
    [InlineData("dependencies", "0 hours ago: none is known, but for 2 that were accepted")]
    [InlineData("bill-of-materials", "0 hours ago: 2 programs")]
    [InlineData("on-call", "somebody is named for onCall, security, privacy")]
    public async Task What_is_in_order_passes(string check, string evidence)
    {
        using var repository = Repository();

        var finding = await RunAsync(check, repository);

        Assert.True(finding.Status == CheckStatus.Pass, finding.Evidence);
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    /// <summary>What is broken: in which file, from what to what; nothing deletes it.</summary>
    [Theory]
    [InlineData("alerts-valid", Rules, "groups:", "grups:", "recovery.yml:1: there is no list of groups")]
    [InlineData("alerts-valid", Rules, "  - name: recovery", "  - nam: recovery", "nam is no member here")]
    [InlineData("alerts-valid", Rules, "> 30 * 3600", "> (30 * 3600", "recovery.yml:6: BackupOld: the expression cannot be evaluated: ( is never closed")]
    [InlineData("alerts-valid", Rules, "> 30 * 3600", "> 30 *", "it ends before it is complete")]
    [InlineData("alerts-valid", Rules, "app_recovery_backup_age_seconds", "app_recovery_backup_years", "there is no metric app_recovery_backup_years")]
    [InlineData("alerts-valid", "ops/prometheus/rules/slo.yml", "job:http_errors:ratio5m", "job:http_errors:ratio6m", "there is no metric job:http_errors:ratio5m")]
    [InlineData("alerts-valid", Rules, "severity: page", "severity: whenever", "BackupOld has no severity: page or ticket")]
    [InlineData("alerts-valid", Rules, "for: ", "for: five minutes # ", "for is no time such as 5m")]
    [InlineData("alerts-valid", Rules, "runbook:", "runbok:", "BackupOld names no runbook")]
    [InlineData("alerts-valid", Rules, "expr: min", "exprs: min", "exprs is no member here")]
    [InlineData("alerts-valid", Rules, "- alert: BackupOld", "- record: a:b\n        alert: BackupOld", "either a name as an alert or one as a record")]
    [InlineData("alerts-valid", Rules, "alert: RestoreOld", "alert: BackupOld", "BackupOld is there twice")]
    [InlineData("alerts-valid", Rules, "alert: RestoreOld", "alert: DiskFilling", "DiskFilling is in several files")]
    [InlineData("alerts-valid", Rules, "summary: \"", "summary: \"\"", "is no YAML")]
    [InlineData("alerts-valid", "ops/prometheus/rules", "", "", "there is no alert")]
    [InlineData("runbooks", Runbook, "", "", "BackupOld: there is no ops/runbooks/BackupOld.md")]
    [InlineData("runbooks", Runbook, "## Mitigation", "## Something else", "says nothing under Mitigation")]
    [InlineData("runbooks", Rules, "runbook: ops/runbooks/BackupOld.md", "runbook: ../../etc/passwd", "there is no ../../etc/passwd")]
    [InlineData("runbooks", Rules, "runbook: ops/runbooks/BackupOld.md", "runbook: /etc/passwd", "there is no /etc/passwd")]
    [InlineData("runbooks", "ops/prometheus/rules", "", "", "there is no alert")]
    [InlineData("dashboards-match", Dashboards, "app_schema_required{", "app_schema_wanted{", "database.json: there is no metric app_schema_wanted")]
    [InlineData("dashboards-match", Dashboards, "db_client_connection_max{", "db_client_connection_most{", "there is no metric db_client_connection_most")]
    [InlineData("dashboards-match", "ops/prometheus/rules/slo.yml", "http_server_request_duration_seconds_count{", "http_server_requests{", "there is no metric http_server_requests")]
    [InlineData("dashboards-match", Dashboards, "{", "{,", "database.json:1: is no JSON")]
    [InlineData("dashboards-match", "ops/grafana", "", "", "there is no dashboard")]
    [InlineData("dependencies", Packages, "", "", "never looked at")]
    [InlineData("dependencies", Packages, "\"vulnerable\":[]", "\"vulnerable\":[\"Behind 2.0.0: High, https://advisories.example/3\"]", "Behind 2.0.0: High")]
    [InlineData("dependencies", "Directory.Packages.props", "<PackageVersion ", "<PackageVersion  ", "versions have changed since", "Stale")]
    [InlineData("dependencies", "folder/versions.props", "<Project", "<Project ", "versions have changed since", "Stale")]
    [InlineData("dependencies", Packages, "{", "", "is not what the step `packages` writes", "Error")]
    [InlineData("dependencies", Packages, "\"accepted\":2", "\"accepted\":[]", "is not what the step `packages` writes", "Error")]
    [InlineData("bill-of-materials", Bill, "", "", "there is no artifacts/sbom/HardenedService.Api.cdx.json")]
    [InlineData("bill-of-materials", Bill, "10.0.0", "9.0.0", "has Npgsql 9.0.0, and 10.0.0 is used")]
    [InlineData("bill-of-materials", Bill, "CycloneDX", "SPDX", "names no package")]
    [InlineData("bill-of-materials", Bill, "{", "", "is no bill of materials")]
    public async Task What_is_broken_is_found(string check, string file, string from, string to, string evidence, string status = "Fail")
    {
        using var repository = Repository();
        repository.Break(file, from, to);

        var finding = await RunAsync(check, repository);

        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
        Assert.Equal(status, $"{finding.Status}");
    }

    [Theory]
    [InlineData("dependencies", 7.5, "Stale", "it holds for 7 days")]
    [InlineData("dependencies", -1.0, "Error", "it is from the future")]
    [InlineData("bill-of-materials", 30.5, "Stale", "it holds for 30 days")]
    [InlineData("bill-of-materials", -1.0, "Error", "it is from the future")]
    public async Task What_is_old_or_from_the_future_does_not_count(string check, double days, string status, string evidence)
    {
        using var repository = Repository(TimeSpan.FromDays(days));

        var finding = await RunAsync(check, repository);

        Assert.Equal(status, $"{finding.Status}");
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_measures_nothing_of_its_own_is_found()
    {
        using var repository = Repository();
        await using var service = await AnsweringServer.StartAsync(200, Scraped.Replace("app_", "other_", StringComparison.Ordinal));
        using var context = Context(repository, service.Address);

        (await RunAsync("dashboards-match", context)).Is(CheckStatus.Fail, "the service exports none of its own metrics");
    }

    [Fact]
    public async Task Rules_that_prometheus_does_not_load_are_found()
    {
        using var repository = Repository();
        File.Move(repository.Of(Rules), Path.ChangeExtension(repository.Of(Rules), "yaml"));

        (await RunAsync("alerts-valid", repository)).Is(CheckStatus.Fail, "recovery.yaml: Prometheus loads rules/*.yml alone");
    }

    [Fact]
    public async Task A_contact_that_is_nobody_is_found()
    {
        using var repository = Repository();

        Assert.Equal(Finding.Fail("nobody is named for privacy"), await RunAsync("on-call", repository, nobody: "privacy"));
    }

    [Fact]
    public void What_lies_in_a_row_of_a_dashboard_is_read_too() => Assert.Equal(
        ["a", "b"], Dashboard.Parse("d.json", """{ "panels": [{ "panels": [{ "targets": [{ "expr": "a" }] }] }], "annotations": { "list": [{ "expr": "b" }] } }""").Expressions);

    [Fact]
    public async Task What_promtool_finds_counts()
    {
        using var repository = Repository();
        using var context = Context(repository, service: null);
        var cancel = TestContext.Current.CancellationToken;

        // Any program that does not know the command.
        var judged = await new AlertsValid(new Promtool(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")).RunAsync(context, cancel);

        Assert.Equal(CheckStatus.Fail, judged.Status);
        Assert.StartsWith("promtool: ", judged.Evidence, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InconclusiveException>(() => new AlertsValid(new Promtool(repository.Of("nothing"))).RunAsync(context, cancel));
    }

    [Fact]
    public async Task A_service_that_is_down_makes_it_inconclusive()
    {
        using var repository = Repository();
        using var context = Context(repository, new Uri("http://127.0.0.1:1"));

        Assert.Equal(CheckStatus.Error, (await RunAsync("dashboards-match", context)).Status);
    }

    [Fact]
    public async Task Without_a_repository_it_is_inconclusive()
    {
        using var context = new ReadinessContext(new ConfigurationBuilder().Build(), new(), null, null, null);

        foreach (var check in new[] { "alerts-valid", "runbooks", "dashboards-match", "dependencies", "bill-of-materials" })
        {
            Assert.Equal(new Finding(CheckStatus.Error, "needs the repository: run it there, or say where it is (--repository)"), await RunAsync(check, context));
        }
    }
}
