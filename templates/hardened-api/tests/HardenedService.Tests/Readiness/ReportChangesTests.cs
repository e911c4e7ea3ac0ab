using HardenedService.Operations;
using HardenedService.Operations.Readiness;

namespace HardenedService.Tests.Readiness;

public sealed class ReportChangesTests
{
    [Fact]
    public void Nothing_changes_between_a_report_and_itself()
    {
        var report = Reports.Of(new ReadinessFile { Gaps = [Reports.Gap("b", 3)] }, (Reports.Concern("a"), Finding.Pass("")), (Reports.Concern("b"), Finding.Fail("no")));

        Assert.Empty(ReportChanges.Between(Reports.Earlier(report), report));
    }

    [Theory]
    [InlineData("Fail", "Pass", "was fail, is pass", "Better")]
    [InlineData("Pass", "Fail", "was pass, is fail", "Worse")]
    [InlineData("Pass", "Stale", "was pass, is stale", "Worse")]
    [InlineData("Error", "Fail", "was error, is fail", "Other")]
    [InlineData("Fail", "NotApplicable", "was fail, is not applicable", "Better")]
    public void A_status_that_changes_is_told(string before, string now, string what, string course) => Assert.Equal(
        [new Change("Title of a", what, Enum.Parse<Course>(course))],
        ReportChanges.Between(Reports.Earlier(Reports.Of(("a", Enum.Parse<CheckStatus>(before)))), Reports.Of(("a", Enum.Parse<CheckStatus>(now)))));

    [Fact]
    public void The_bad_ones_come_first_then_what_came_and_went()
    {
        var before = Reports.Of(("better", CheckStatus.Fail), ("worse", CheckStatus.Pass), ("gone", CheckStatus.Pass));
        var now = Reports.Of(("better", CheckStatus.Pass), ("worse", CheckStatus.Fail), ("came", CheckStatus.Pass));

        Assert.Equal(
            ["Title of worse: was pass, is fail", "Title of came: is looked at for the first time: pass", "Title of gone: was pass, is not in this report", "Title of better: was fail, is pass"],
            ReportChanges.Between(Reports.Earlier(before), now).Select(change => $"{change.Title}: {change.What}"));
    }

    [Theory]
    [InlineData("https://service.example/", "all", false, true)]
    [InlineData("https://staging.example/", "all", false, false)]
    [InlineData("https://service.example/", "must", false, false)]
    [InlineData("https://service.example/", "all", true, false)]
    public void Of_another_service_tier_or_kind_only_what_both_have_is_compared(string service, string tier, bool candidate, bool isAlike)
    {
        var before = Reports.Earlier(Reports.Of(("both", CheckStatus.Fail), ("gone", CheckStatus.Pass))) with { Service = service, Tier = tier, Candidate = candidate };
        var now = Reports.Of(("both", CheckStatus.Pass), ("came", CheckStatus.Pass));

        Assert.Equal(isAlike, before.IsAlike(now));
        Assert.Equal(isAlike ? 3 : 1, ReportChanges.Between(before, now).Count);
    }

    [Fact]
    public void Candidates_are_alike_wherever_they_ran()
    {
        var before = Reports.Earlier(Reports.Of(("a", CheckStatus.Pass)).AsCandidate()) with { Service = "http://127.0.0.1:4711/" };

        Assert.True(before.IsAlike(Reports.Of(("a", CheckStatus.Pass)).AsCandidate()));
    }

    [Fact]
    public void A_gap_that_is_put_off_or_handed_over_is_told()
    {
        Assert.Equal(
            [
                new Change("Title of a", "its gap was due on 2026-03-07, and is now on 2026-04-03", Course.Worse),
                new Change("Title of a", "its gap was owned by Ada, and is now by Grace", Course.Other),
            ],
            ReportChanges.Between(Reports.Earlier(WithGap(3, "Ada")), WithGap(30, "Grace")));
        Assert.Equal([new Change("Title of a", "was waived, is overdue", Course.Worse)], ReportChanges.Between(Reports.Earlier(WithGap(0, "Ada")), Tomorrow(WithGap(0, "Ada"))));

        static ReadinessReport WithGap(int days, string owner) => Reports.Of(new ReadinessFile { Gaps = [Reports.Gap("a", days, owner)] }, (Reports.Concern("a"), Finding.Fail("no")));

        static ReadinessReport Tomorrow(ReadinessReport report) =>
            ReadinessReport.Of(report.At.AddDays(1), report.Service, new ReadinessFile { Gaps = [report.Rows[0].Gap!] }, [(report.Rows[0].Concern, Finding.Fail("no"))]);
    }

    [Fact]
    public void What_becomes_a_must_by_the_calendar_is_told()
    {
        var file = new ReadinessFile { FirstRelease = Reports.Today.AddDays(-30) };
        (Concern, Finding) found = (Reports.Concern("a", Tier.ThirtyDays), Finding.Fail("no"));
        var before = ReadinessReport.Of(Reports.At, "", file, [found]);
        var now = ReadinessReport.Of(Reports.At.AddDays(1), "", file, [found]);

        var change = Assert.Single(ReportChanges.Between(Reports.Earlier(before), now));
        Assert.Equal(("is fail as before, and in the way since the 30 days after the first release are over", Course.Worse), (change.What, change.Course));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"at":"2026-03-04T05:06:07Z","service":"","tier":"all","candidate":false,"checks":null}""")]
    [InlineData("""{"at":"2026-03-04T05:06:07Z","service":"","tier":"all","candidate":false,"checks":[null]}""")]
    [InlineData("""{"at":"2026-03-04T05:06:07Z","service":"","tier":"all","candidate":false,"checks":[{"id":"a"}]}""")]
    [InlineData("""{"at":"2026-03-04T05:06:07Z","service":"","tier":"all","checks":[]}""")]
    [InlineData("""{"at":"yesterday","service":"","tier":"all","candidate":false,"checks":[]}""")]
    [InlineData("""{"name":"package.json"}""")]
    public void Something_else_is_no_report(string text)
    {
        var file = new FileInfo(Path.GetTempFileName());
        File.WriteAllText(file.FullName, text);

        Assert.Contains("is no report of readiness", Assert.Throws<UsageException>(() => EarlierReport.Read(file)).Message, StringComparison.Ordinal);
        file.Delete();
        Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => EarlierReport.Read(file)).Message, StringComparison.Ordinal);
    }
}
