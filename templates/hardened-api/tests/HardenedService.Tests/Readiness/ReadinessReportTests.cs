using System.Globalization;
using System.Text.Json;
using HardenedService.Operations.Readiness;

namespace HardenedService.Tests.Readiness;

/// <summary>What findings and gaps come to, on 2026-03-10.</summary>
public sealed class ReadinessReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 23, 59, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("must", "Pass", null, "pass", true)]
    [InlineData("must", "NotApplicable", null, "not applicable", true)]
    [InlineData("must", "Fail", null, "fail", false)]
    [InlineData("must", "Error", null, "error", false)]
    [InlineData("must", "Stale", null, "stale", false)]
    [InlineData("must", "Fail", "2026-03-11", "waived", true)]
    [InlineData("must", "Stale", "2026-03-10", "waived", true)]
    [InlineData("must", "Error", "2026-03-11", "error", false)]
    [InlineData("must", "Fail", "2026-03-09", "overdue", false)]
    [InlineData("must", "Error", "2026-03-09", "overdue", false)]
    [InlineData("must", "NotApplicable", "2026-03-09", "overdue", false)]
    [InlineData("must", "NotApplicable", "2026-03-10", "not applicable", true)]
    [InlineData("must", "Pass", "2026-03-09", "pass", true)]
    [InlineData("30d", "Error", "2026-03-10", "error", true)]
    [InlineData("30d", "Fail", null, "fail", true)]
    [InlineData("30d", "Fail", "2026-03-09", "overdue", false)]
    [InlineData("later", "Fail", null, "fail", true)]
    [InlineData("later", "Fail", "2026-03-09", "overdue", false)]
    public void A_line_stands_in_the_way_or_does_not(string tier, string status, string? due, string word, bool isReady)
    {
        var report = Report(TierOf(tier), Enum.Parse<CheckStatus>(status), due, firstRelease: null);

        Assert.Equal((word, isReady), (StatusWords.Of(Assert.Single(report.Rows)), report.IsReady));
    }

    [Theory]
    [InlineData("2026-02-08", false, true)]
    [InlineData("2026-02-07", true, false)]
    [InlineData("2026-04-01", false, true)]
    public void What_was_due_within_30_days_is_a_must_after_them(string firstRelease, bool isMust, bool isReady)
    {
        var report = Report(Tier.ThirtyDays, CheckStatus.Fail, due: null, DateOnly.ParseExact(firstRelease, "yyyy-MM-dd", CultureInfo.InvariantCulture));

        Assert.Equal((isMust, isReady), (report.Rows[0].Tier == Tier.Must, report.IsReady));
    }

    [Theory]
    [InlineData("2026-03-09", false)]
    [InlineData("2026-03-10", true)]
    public void The_day_of_a_gap_counts_whether_or_not_its_check_was_asked_for(string due, bool isReady)
    {
        Concern[] leftOut = [Reports.Concern("on-call", Tier.Later), Reports.Concern("other")];
        var gap = new Gap("on-call", "not-done-yet", "Ann", DateOnly.ParseExact(due, "yyyy-MM-dd", CultureInfo.InvariantCulture), "we sit beside it");
        var report = ReadinessReport.Of(Now, "", new ReadinessFile { Gaps = [gap] }, [(Reports.Concern("a"), Finding.Pass("seen"))], leftOut);

        Assert.Equal((isReady, isReady ? "pass" : "pass overdue"), (report.IsReady, string.Join(' ', report.Rows.OrderBy(row => row.Concern.Id).Select(StatusWords.Of))));
    }

    [Fact]
    public void The_worst_comes_first_in_each_tier()
    {
        CheckStatus[] statuses = [CheckStatus.NotApplicable, CheckStatus.Pass, CheckStatus.Stale, CheckStatus.Error, CheckStatus.Fail];
        var report = Reports.Of(new ReadinessFile(), statuses.Select(status => (Reports.Concern($"{status}", Tier.ThirtyDays), new Finding(status, "seen"))));

        Assert.Equal("Fail Error Stale Pass NotApplicable", string.Join(' ', report.Rows.Select(row => row.Concern.Id)));
    }

    [Theory]
    [InlineData("2026-03-01", false, "1 line that does not hold is due by 2026-03-31.")]
    [InlineData("2026-03-01", true, "First released on 2026-03-01, as was recorded: readiness.json names no day. 1 line that does not hold is due by 2026-03-31.")]
    [InlineData("2026-02-01", false, "")]
    [InlineData(null, false, "1 line that does not hold is due 30 days after the first release.")]
    public void What_the_first_release_starts_is_told(string? firstRelease, bool isRecorded, string sentences)
    {
        var day = firstRelease is null ? (DateOnly?)null : DateOnly.ParseExact(firstRelease, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var report = Report(Tier.ThirtyDays, CheckStatus.Fail, due: null, day) with { IsFirstReleaseRecorded = isRecorded };
        using var output = new StringWriter();
        new ReportTable(width: 200, colors: false).Write(report, output);

        Assert.Equal(sentences, StatusWords.Clock(report));
        Assert.EndsWith(sentences, output.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_would_steer_the_terminal_does_not_get_there()
    {
        using var output = new StringWriter();
        new ReportTable(width: 100, colors: false).Write(Report(Tier.Must, CheckStatus.Fail, "2026-04-01", firstRelease: null, "\e[2Jseen\u009b\n"), output);

        Assert.DoesNotContain(output.ToString().ReplaceLineEndings(""), character => char.IsControl(character));
        Assert.Contains("?[2Jseen??", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_whose_check_passes_is_told() =>
        Assert.Equal("seen; its gap can be taken out", Assert.Single(Report(Tier.Must, CheckStatus.Pass, "2026-03-09", firstRelease: null).Rows).Evidence);

    [Fact]
    public void Gaps_are_counted_in_the_verdict() =>
        Assert.Equal("Ready, but for 1 gap that is written down and not yet due.", StatusWords.Verdict(Report(Tier.Must, CheckStatus.Fail, "2026-04-01", firstRelease: null)));

    [Fact]
    public void What_was_left_out_is_told_by_the_verdict_the_table_and_the_file()
    {
        var report = Report(Tier.Must, CheckStatus.Fail, "2026-04-01", firstRelease: null).AsCandidate();
        using var table = new StringWriter();
        new ReportTable(width: 200, colors: false).Write(report, table);
        using var json = JsonDocument.Parse(ReportJson.Write(report));

        const string LeftOut = "Not looked at: what only a deployment can show (1 check), and what may follow later (1 check).";
        Assert.Equal($"Ready, as far as a build can show, but for 1 gap that is written down and not yet due. {LeftOut}", StatusWords.Verdict(report));
        Assert.Contains("Left to the deployment: backup.", table.ToString(), StringComparison.Ordinal);
        Assert.Contains("Not asked for, by --tier: month.", table.ToString(), StringComparison.Ordinal);
        Assert.Equal("must True backup month", $"{json.RootElement.GetProperty("tier")} {json.RootElement.GetProperty("candidate")} {string.Join(' ', json.RootElement.GetProperty("leftOut").EnumerateArray())}");
        Assert.Equal($"Not ready: 1 of 1 line stands in the way. {LeftOut}", StatusWords.Verdict(Report(Tier.Must, CheckStatus.Fail, due: null, firstRelease: null).AsCandidate()));
    }

    [Theory]
    [InlineData("must", false, 1)]
    [InlineData("30d", false, 3)]
    [InlineData("later", false, 4)]
    [InlineData("must", true, 1)]
    [InlineData("30d", true, 2)]
    public void A_report_is_about_what_was_asked_for(string tier, bool isCandidate, int asked)
    {
        Concern[] concerns = [Reports.Concern("a"), Reports.Concern("b", Tier.ThirtyDays), Reports.Concern("c", Tier.ThirtyDays) with { IsOfDeployment = true }, Reports.Concern("d", Tier.Later)];

        Assert.Equal(asked, concerns.Count(new ReportScope(TierOf(tier), isCandidate).Includes));
    }

    [Fact]
    public void A_line_of_any_check_and_status_fits_40_columns()
    {
        var rows = ReadinessChecks.All.SelectMany(check => Enum.GetValues<CheckStatus>().Select(status => new ReadinessRow(check.Concern, check.Concern.Tier, status, "seen", null) { IsOverdue = status is CheckStatus.Fail }));
        using var output = new StringWriter();
        new ReportTable(width: 40, colors: false).Write(new(Now, "", [.. rows]) { Scope = new(Tier.Must, IsCandidate: true), LeftOut = [.. ReadinessChecks.All.Select(check => check.Concern)] }, output);

        Assert.All(output.ToString().Split(Environment.NewLine), line => Assert.InRange(line.Length, 0, 40));
        Assert.All(ReadinessChecks.All, check => Assert.Contains($" {check.Concern.Id}{Environment.NewLine}", output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_table_is_no_wider_than_the_terminal_down_to_40_columns()
    {
        using var output = new StringWriter();
        new ReportTable(width: 10, colors: false).Write(Report(Tier.Must, CheckStatus.Fail, "2026-04-01", firstRelease: null, new string('x', 500) + " y"), output);

        Assert.All(output.ToString().Split(Environment.NewLine), line => Assert.InRange(line.Length, 0, 40));
    }

    private static ReadinessReport Report(Tier tier, CheckStatus status, string? due, DateOnly? firstRelease, string evidence = "seen")
    {
        var concern = new Concern("on-call", tier, "Somebody is called") { Proves = "", DoesNotProve = "", How = "", Mend = "docs/production-ready.md" };
        var file = new ReadinessFile
        {
            FirstRelease = firstRelease,
            Gaps = due is null ? [] : [new("on-call", "not-done-yet", "Ann", DateOnly.ParseExact(due, "yyyy-MM-dd", CultureInfo.InvariantCulture), "we sit beside it")],
        };

        return ReadinessReport.Of(Now, "https://acme.example/", file, [(concern, new Finding(status, evidence))]);
    }

    private static Tier TierOf(string word) => Enum.GetValues<Tier>().Single(tier => StatusWords.Of(tier) == word);
}
