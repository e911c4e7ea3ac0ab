using System.Reflection;
using System.Text.RegularExpressions;
using HardenedService.Api.Identity;
using HardenedService.Operations;
using HardenedService.Platform.Telemetry;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HardenedService.Tests.Alerting;

/// <summary>Whoever is woken finds a page, and what it says can be done.</summary>
public sealed partial class RunbookTests(PostgresServer postgres)
{
    private const string Console = "dotnet HardenedService.Operations.dll ";

    private static readonly string[] Headings = ["Meaning", "First look", "Likely causes", "Mitigation", "Escalation", "Verification"];
    private static readonly string[] Programs = ["curl", "df", "du", "openssl"];
    private static readonly string[] Severities = ["page", "ticket"];

    [Fact]
    public void Every_alert_says_how_urgent_it_is_what_was_measured_and_where_to_read_on() => Assert.All(OpsFiles.Alerts, alert =>
    {
        Assert.Contains(alert.Labels["severity"], Severities);
        Assert.Contains("$labels.job", alert.Annotations["summary"], StringComparison.Ordinal);
        Assert.Contains("$value", alert.Annotations["description"], StringComparison.Ordinal);
        Assert.Contains("job", alert.Expression, StringComparison.Ordinal);
        Assert.Equal($"ops/runbooks/{alert.Name}.md", alert.Annotations["runbook"]);
    });

    [Fact]
    public void Every_alert_has_a_runbook_and_every_runbook_an_alert()
    {
        var alerts = OpsFiles.Alerts.Select(alert => alert.Name).ToList();

        Assert.Equal(alerts.Distinct().Count(), alerts.Count);
        Assert.Equal(alerts.Order(StringComparer.Ordinal), OpsFiles.Runbooks.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            OpsFiles.Alerts.Select(alert => (alert.Name, alert.Labels["severity"])).Order(),
            IndexRow().Matches(OpsFiles.Index).Select(row => (row.Groups["name"].Value, row.Groups["severity"].Value)).Order());
    }

    [Fact]
    public void Every_runbook_has_the_same_headings_and_something_to_look_at() => Assert.All(OpsFiles.Runbooks, runbook =>
    {
        Assert.StartsWith($"# {runbook.Key}\n", runbook.Value, StringComparison.Ordinal);
        Assert.Equal(Headings, Heading().Matches(runbook.Value).Select(heading => heading.Groups["text"].Value));
        Assert.Contains(OpsFiles.Blocks("promql"), block => block.File == runbook.Key);
    });

    [Fact]
    public void Every_alert_is_tested_firing_and_quiet() => Assert.All(OpsFiles.Alerts, alert =>
    {
        var cases = RuleTest().Matches(OpsFiles.RuleTests).Where(test => test.Groups["name"].Value == alert.Name).ToList();

        Assert.Contains(cases, test => test.Groups["quiet"].Success);
        Assert.Contains(cases, test => !test.Groups["quiet"].Success);
    });

    [Fact]
    public void Every_command_exists()
    {
        var root = OperationsConsole.Root(new ConfigurationBuilder().Build());

        Assert.All(OpsFiles.Lines("sh"), line =>
        {
            if (line.Text.StartsWith(Console, StringComparison.Ordinal))
            {
                Assert.Empty(root.Parse(line.Text[Console.Length..]).Errors.Select(error => $"{line.File}: {error.Message}"));
            }
            else
            {
                Assert.Contains(line.Text.Split(' ')[0], Programs);
            }
        });
        Assert.Contains(OpsFiles.Lines("sh"), line => line.Text.StartsWith(Console, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_statement_runs_as_the_operator()
    {
        await using var database = await postgres.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(database.OperatorConnectionString);
        await connection.OpenAsync();
        var statements = OpsFiles.Blocks("sql").ToList();

        foreach (var (file, text) in statements)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"set transaction read only; {text}", connection, transaction);
            var fault = await Record.ExceptionAsync(() => command.ExecuteNonQueryAsync());
            Assert.True(fault is null, $"{file}: {fault?.Message}");
        }

        Assert.NotEmpty(statements);
    }

    [Fact]
    public void Every_event_id_is_one_that_is_logged()
    {
        var logged = new[] { typeof(ServiceMeter).Assembly, typeof(SignIn).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .ToHashSet();

        Assert.NotEmpty(OpsFiles.EventIds());
        Assert.DoesNotContain(OpsFiles.EventIds(), named => !logged.Contains(named.Id));
    }

    [GeneratedRegex(@"^## (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| \[(?<name>\w+)\]\(runbooks/\k<name>\.md\) \| (?<severity>\w+) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IndexRow();

    [GeneratedRegex(@"expr: ALERTS\{alertname=""(?<name>\w+)"", alertstate=""firing""\}\n +eval_time: \w+\n +exp_samples:(?<quiet> \[\])?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex RuleTest();
}
