using HardenedService.Operations;
using HardenedService.Operations.Readiness;
using HardenedService.Tests.Auditing;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Tests.Readiness;

/// <summary><c>readiness</c> from its arguments to its exit code, against a service and a database that are there.</summary>
public sealed class ReadinessCommandTests(ApiFixture api, PostgresServer postgres) : IClassFixture<ApiFixture>, IDisposable
{
    // What nobody has done on the first day, of all that a build can show.
    private static readonly string[] Open = ["bill-of-materials", "dependencies", "on-call"];

    private readonly ScratchRepository _repository = new ScratchRepository().Copy("ops", "docs", "Directory.Packages.props");

    private static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    private string Json => _repository.Of("report.json");

    private string Database { get; set; } = api.Database.OperatorConnectionString;

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Of_a_fresh_service_every_line_passes_or_is_a_gap_with_a_day()
    {
        WriteFile(firstRelease: null, Open);

        var (exitCode, output, error) = await CallAsync("--candidate", "--json", Json);

        Assert.True(exitCode == 0, output + error);
        var rows = Rows();
        Assert.Equal(Open, rows.Where(row => row.Status == "waived").Select(row => row.Id).Order());
        Assert.All(rows, row => Assert.True(row.Status is "pass" or "waived" or "not applicable", output));
        Assert.Contains("but for 3 gaps", output, StringComparison.Ordinal);
        Assert.Contains($"of {rows.Count}  anonymous-endpoints: pass", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_must_that_fails_is_exit_code_1()
    {
        WriteFile(firstRelease: null, "dependencies");

        var (exitCode, output, _) = await CallAsync("--candidate", "--tier", "must", "--json", Json);

        Assert.Equal(1, exitCode);
        Assert.Contains("Not ready: 1 of ", output, StringComparison.Ordinal);
        Assert.Equal(["on-call"], Rows().Where(row => row.IsBlocking).Select(row => row.Id));
    }

    [Fact]
    public async Task The_musts_are_more_once_the_30_days_are_over()
    {
        WriteFile(Today.AddDays(-30), "dependencies", "on-call");
        Assert.Equal(0, (await CallAsync("--candidate", "--tier", "must", "--json", Json)).ExitCode);
        Assert.All(Rows(), row => Assert.Equal("must", row.Tier));
        Assert.DoesNotContain(Rows(), row => row.Id == "bill-of-materials");

        WriteFile(Today.AddDays(-31), "dependencies", "on-call");
        Assert.Equal(1, (await CallAsync("--candidate", "--tier", "must", "--json", Json)).ExitCode);
        Assert.Equal(["bill-of-materials"], Rows().Where(row => row.IsBlocking).Select(row => row.Id));
    }

    [Fact]
    public async Task The_first_release_that_was_recorded_starts_the_30_days_where_nobody_has_written_it_down()
    {
        WriteFile(firstRelease: null, "dependencies", "on-call");
        await using var database = await postgres.CreateDatabaseAsync();
        await database.PlantAsync(EvidenceKind.Release, """{"version":"1.0.0"}""", TimeSpan.FromDays(40));
        await database.PlantAsync(EvidenceKind.Release, """{"version":"1.1.0"}""", TimeSpan.FromDays(2));
        await database.SealAsync();
        Database = database.OperatorConnectionString;

        var (exitCode, output, _) = await CallAsync("--candidate", "--tier", "must", "--json", Json);

        Assert.Equal(1, exitCode);
        Assert.Equal(["bill-of-materials"], Rows().Where(row => row.IsBlocking).Select(row => row.Id));
        Assert.Contains(FormattableString.Invariant($"First released on {Today.AddDays(-40):yyyy-MM-dd}, as was recorded"), string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        // What somebody has written down counts.
        WriteFile(Today.AddDays(-3), "dependencies", "on-call");
        Assert.Equal(0, (await CallAsync("--candidate", "--tier", "must")).ExitCode);
    }

    [Fact]
    public async Task A_candidate_is_not_asked_for_what_only_a_deployment_has()
    {
        WriteFile(firstRelease: null, Open);
        var ofDeployment = ReadinessChecks.All.Where(check => check.Concern.IsOfDeployment).Select(check => check.Concern.Id).ToList();

        var (_, output, _) = await CallAsync("--candidate", "--json", Json);
        Assert.Empty(Rows().Select(row => row.Id).Intersect(ofDeployment));
        Assert.All(ofDeployment, id => Assert.Contains(id, output, StringComparison.Ordinal));

        Assert.Equal(1, (await CallAsync("--json", Json)).ExitCode);
        Assert.Equal(ReadinessChecks.All.Select(check => check.Concern.Id).Order(), Rows().Select(row => row.Id).Order());
        Assert.Equal("fail", Rows().Single(row => row.Id == "backup-fresh").Status);
    }

    [Fact]
    public async Task The_day_of_a_gap_counts_for_a_candidate_as_well()
    {
        WriteFile(firstRelease: null, Open);
        _repository.Break(ReadinessFile.Name, "\"gaps\": [", $"\"gaps\": [{Gap("restore-drilled", Today.AddDays(-1))},");

        Assert.Equal(1, (await CallAsync("--candidate", "--tier", "must", "--json", Json)).ExitCode);

        var row = Assert.Single(Rows(), row => row.IsBlocking);
        Assert.Equal(("restore-drilled", true), (row.Id, row.IsOverdue));
    }

    [Fact]
    public async Task A_report_is_compared_with_the_one_that_it_replaces()
    {
        var page = _repository.Of("report.html");
        WriteFile(firstRelease: null, Open);
        Assert.Equal(0, (await CallAsync("--candidate", "--tier", "must", "--json", Json, "--html", page)).ExitCode);
        Assert.Contains("There is no earlier report to compare with.", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        WriteFile(firstRelease: null, "dependencies");
        Assert.Equal(1, (await CallAsync("--candidate", "--tier", "must", "--json", Json, "--html", page)).ExitCode);
        Assert.Contains("was waived, is fail", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("fail", Rows().Single(row => row.Id == "on-call").Status);
        Assert.Empty(Directory.GetFiles(_repository.Path, "*.tmp"));
    }

    [Theory]
    [InlineData("--json missing/report.json", "cannot be written")]
    [InlineData("--html docs", "is a folder: name a file.")]
    [InlineData("--html readiness.json", "is what the team writes: name another file.")]
    [InlineData("--json report --html report", "name the same file.")]
    public async Task A_file_that_cannot_be_written_is_told_before_anything_is_looked_at(string arguments, string message)
    {
        WriteFile(firstRelease: null, Open);
        var before = await File.ReadAllTextAsync(_repository.Of(ReadinessFile.Name), TestContext.Current.CancellationToken);

        var (exitCode, output, error) = await CallAsync([.. arguments.Split(' ').Select(word => word.StartsWith('-') ? word : _repository.Of(word))]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.EndsWith(message, error.Split(": Could not")[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_repository.Of(ReadinessFile.Name), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_repository.Path, "*.tmp"));
    }

    private static string Gap(string check, DateOnly due) => FormattableString.Invariant(
        $$"""{ "check": "{{check}}", "reason": "not-done-yet", "owner": "Ann", "due": "{{due:yyyy-MM-dd}}", "compensation": "nobody depends on it yet" }""");

    private void WriteFile(DateOnly? firstRelease, params string[] gaps)
    {
        var day = firstRelease is { } released ? FormattableString.Invariant($"\"{released:yyyy-MM-dd}\"") : "null";
        _repository.Write(ReadinessFile.Name, $$"""{ "firstRelease": {{day}}, "gaps": [{{string.Join(", ", gaps.Select(check => Gap(check, Today.AddDays(30))))}}] }""");
    }

    private IReadOnlyList<EarlierRow> Rows() => EarlierReport.Read(new FileInfo(Json)).Checks;

    private async Task<(int ExitCode, string Output, string Error)> CallAsync(params string[] arguments)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Operations:OperatorConnectionString"] = Database,
            ["Database:ConnectionString"] = api.Database.AppConnectionString,
        };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        string[] places = ["--repository", _repository.Path, "--url", $"{api.Api.Public.BaseAddress}", "--management-url", $"{api.Api.Management.BaseAddress}"];
        var code = await OperationsConsole.InvokeAsync(
            ["readiness", .. places, .. arguments], new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), output, error, TestContext.Current.CancellationToken);

        return (code, output.ToString(), error.ToString());
    }
}
