using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Pages;

namespace HardenedService.Tests.Readiness;

public sealed partial class ReadinessPageTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&</bdi><img src=x onerror=alert(1)>\u202E";

    [Fact]
    public void Text_stays_text_wherever_it_comes_from()
    {
        var gap = Reports.Gap("a", 3, Hostile) with { Compensation = Hostile };
        var report = ReadinessReport.Of(Reports.At, Hostile, new ReadinessFile { Gaps = [gap] }, [(Reports.Concern("a"), Finding.Fail(Hostile)), (Reports.Concern("b"), new(CheckStatus.Error, Hostile))]);
        var gone = (Reports.Concern("gone") with { Title = Hostile }, Finding.Pass(""));
        var earlier = Reports.Earlier(Reports.Of(new ReadinessFile { Gaps = [gap with { Owner = $"{Hostile} before" }] }, (Reports.Concern("a"), Finding.Fail(Hostile)), gone)) with { Service = Hostile };

        // As of the same service, and as of another one.
        var page = ReadinessPage.Render(report, earlier) + ReadinessPage.Render(report, earlier with { Service = $"{Hostile} before" });

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.True(page.Split("&lt;script&gt;").Length > 6, page);

        // What turns the direction of reading around does so within its own brackets.
        Assert.True(Bracketed().Count(page) > 6, page);
        Assert.DoesNotContain("\u202E", WebUtility.HtmlDecode(Bracketed().Replace(page, "")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_else_and_allows_nothing_but_its_own_style()
    {
        var page = ReadinessPage.Render(Reports.Of(("a", CheckStatus.Fail)), null);
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style().Match(page).Groups["css"].Value)));

        Assert.Contains($"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.DoesNotContain("http", Links().Replace(page, ""), StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verdict_comes_first_in_a_sentence()
    {
        Assert.Contains("Ready.", Verdict(Reports.Of(("a", CheckStatus.Pass))), StringComparison.Ordinal);
        Assert.Contains("Not ready: 1 of 2 lines stands in the way.", Verdict(Reports.Of(("a", CheckStatus.Pass), ("b", CheckStatus.Error))), StringComparison.Ordinal);

        var candidate = Verdict(Reports.Of(("a", CheckStatus.Pass)).AsCandidate());
        Assert.Contains("May this build of", candidate, StringComparison.Ordinal);
        Assert.Contains("Ready, as far as a build can show. Not looked at: what only a deployment can show (1 check), and what may follow later (1 check).", candidate, StringComparison.Ordinal);
        Assert.Contains("It is about what has to hold before anybody depends on it, as far as it tells of a build that is not deployed.", candidate, StringComparison.Ordinal);

        static string Verdict(ReadinessReport report) => ReadinessPage.Render(report, null).Split("<nav").First();
    }

    [Fact]
    public void What_was_left_out_has_a_place_of_its_own()
    {
        var report = Reports.Of(("a", CheckStatus.Pass));
        var left = ReadinessPage.Render(report.AsCandidate(), null).Split("""id="left">""")[1].Split("<section")[0];

        Assert.Contains("Title of backup <span class=\"soft\">(Before anybody depends on it)</span>", left, StringComparison.Ordinal);
        Assert.Contains("Title of month <span class=\"soft\">(Within 30 days of the first release)</span>", left, StringComparison.Ordinal);
        Assert.DoesNotContain("What was not looked at", ReadinessPage.Render(report, null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_compared_is_told_where_it_is_not_the_same()
    {
        var report = Reports.Of(("a", CheckStatus.Pass));
        var staging = Reports.Earlier(Reports.Of(("a", CheckStatus.Fail))) with { Service = "https://staging.example/" };

        Assert.Contains("That report was about everything, at <bdi>https://staging.example/</bdi>; this one is about everything, at <bdi>https://service.example/</bdi>.", ReadinessPage.Render(report, staging), StringComparison.Ordinal);
        Assert.Contains("was fail, is pass", ReadinessPage.Render(report, staging), StringComparison.Ordinal);
        Assert.Contains(
            "That report was about what has to hold before anybody depends on it, as far as it tells of a build that is not deployed; this one",
            ReadinessPage.Render(report, Reports.Earlier(report.AsCandidate())),
            StringComparison.Ordinal);
        Assert.DoesNotContain("That report was about", ReadinessPage.Render(report, Reports.Earlier(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_has_put_off_is_due_now_and_what_a_release_gives_its_day_is_due_after_it()
    {
        var file = new ReadinessFile { Gaps = [Reports.Gap("soon", 1), Reports.Gap("untold", 1)] };
        (Concern, Finding)[] open = [(Reports.Concern("month", Tier.ThirtyDays), Finding.Fail("")), (Reports.Concern("soon"), Finding.Fail("")), (Reports.Concern("now"), Finding.Fail("")), (Reports.Concern("untold"), new(CheckStatus.Error, ""))];
        var due = ReadinessPage.Render(Reports.Of(file, open), null).Split("""id="due">""")[1].Split("<section")[0];

        Assert.Equal(["now", "untold", "soon", "month"], Titles().Matches(due).Select(match => match.Groups["id"].Value));
        Assert.Contains("now</strong>, before anybody depends on it", due, StringComparison.Ordinal);
        Assert.Contains("30 days after the first release", due, StringComparison.Ordinal);
        Assert.Contains("Nothing is due.", ReadinessPage.Render(Reports.Of(("a", CheckStatus.Pass)), null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_due_stands_in_the_order_of_its_days_with_who_closes_it()
    {
        var file = new ReadinessFile { FirstRelease = Reports.Today.AddDays(-20), Gaps = [Reports.Gap("late", 40), Reports.Gap("over", -2), Reports.Gap("soon", 1, "Grace"), Reports.Gap("closed", 1)] };
        var page = ReadinessPage.Render(
            Reports.Of(
                file,
                (Reports.Concern("late"), Finding.Fail("")),
                (Reports.Concern("over"), Finding.Fail("")),
                (Reports.Concern("soon"), Finding.Fail("")),
                (Reports.Concern("closed"), Finding.Pass("")),
                (Reports.Concern("month", Tier.ThirtyDays), Finding.Fail("")),
                (Reports.Concern("someday", Tier.Later), Finding.Fail(""))),
            null);
        var due = page.Split("""id="due">""")[1].Split("<section")[0];

        Assert.Equal(["over", "soon", "month", "late"], Titles().Matches(due).Select(match => match.Groups["id"].Value));
        Assert.Contains("2 days ago", due, StringComparison.Ordinal);
        Assert.Contains("tomorrow", due, StringComparison.Ordinal);
        Assert.Contains("in 10 days", due, StringComparison.Ordinal);
        Assert.Contains("<bdi>Grace</bdi>", due, StringComparison.Ordinal);
        Assert.Contains("nobody has taken it on", due, StringComparison.Ordinal);
        Assert.Contains("to be taken out of readiness.json: closed.", due, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_check_says_what_it_proves_and_what_it_does_not()
    {
        var page = ReadinessPage.Render(Reports.Of(("a", CheckStatus.Pass), ("b", CheckStatus.Fail)), null);
        var checks = page.Split("""id="checks">""")[1];

        Assert.Equal(2, checks.Split("<dt>Does not prove</dt><dd>What may be wrong.</dd>").Length - 1);
        Assert.Single(checks.Split("<details open>").Skip(1), check => check.Contains("evidence of b", StringComparison.Ordinal));
    }

    [GeneratedRegex("<style>(?<css>.*)</style>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Style();

    // What the page is about, and the name of the attribute that states its policy.
    [GeneratedRegex("https://service.example/|http-equiv", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();

    [GeneratedRegex("<bdi>.*?</bdi>", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bracketed();

    [GeneratedRegex("<h3>Title of (?<id>\\w+)</h3>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Titles();
}
