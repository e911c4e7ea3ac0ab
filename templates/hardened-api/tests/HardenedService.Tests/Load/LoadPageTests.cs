using System.Text.RegularExpressions;
using HardenedService.Operations.Load;
using HardenedService.Operations.Load.Pages;

namespace HardenedService.Tests.Load;

public sealed partial class LoadPageTests
{
    [Fact]
    public void Text_stays_text()
    {
        const string Hostile = "<script>alert(1)</script>";
        var operation = new LoadOperationReport(Hostile, 100, 1, 0, 1, 1, 1, 1, 1, 1, [new LoadFailure(Hostile, 1)]);

        var page = LoadPage.Render(Report() with { Slo = Hostile, Misses = [Hostile], Operations = [operation, operation] });

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(6, page.Split("&lt;script&gt;").Length - 1);
        Assert.Contains("It did not keep what is promised", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3600)]
    public void A_run_of_any_length_is_drawn_within_its_plot(int seconds)
    {
        var page = LoadPage.Render(Report([.. Enumerable.Range(1, seconds).Select(second => new LoadSecond(second, second, second % 7, second % 3, second % 5, second * 1.5))]));

        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
        Assert.All(Heights().Matches(page), match => Assert.InRange(double.Parse(match.Groups["y"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), 0, 300));
        Assert.InRange(Ticks().Count(page), 4, 60);
    }

    [Fact]
    public void A_run_of_hours_is_shown_minute_by_minute()
    {
        var page = LoadPage.Render(Report([.. Enumerable.Range(1, 3660).Select(second => new LoadSecond(second, 2, 1, second % 60 == 0 ? 1 : 0, 5, second % 60))]));

        Assert.Contains("Minute by minute", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">61</th><td>120</td><td>60</td><td>1</td><td>5.0</td><td>59.0</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<th scope=\"row\">62</th>", page, StringComparison.Ordinal);
        Assert.Contains("in each minute, and how many milliseconds those that ended took, in the slowest second of it", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_for_whom_the_calls_stand() =>
        Assert.Contains("As of 50 people with a call every 5 seconds each, by 25 accounts: 10 calls a second (<bdi>browse=1</bdi>), for 60 seconds, at <bdi>https://service.example/</bdi>", LoadPage.Render(Report()), StringComparison.Ordinal);

    [Fact]
    public void A_second_in_which_nothing_ended_breaks_the_line_of_latency()
    {
        var page = LoadPage.Render(Report([new(1, 1, 1, 0, 2, 2), new(2, 1, 0, 0, 0, 0), new(3, 1, 1, 0, 3, 3)]));

        Assert.Equal(2, Line().Match(page).Groups["d"].Value.Count(step => step == 'M'));
    }

    [Fact]
    public void What_a_plot_shows_stands_beside_it_as_a_table()
    {
        var page = LoadPage.Render(Report([new(1, 10, 9, 1, 2.5, 20.25)]) with { Growth = [new(1, 5, 2, 3, 0, 0, true), new(500, 50, 20, 30, 0.25, 0, false)] });

        Assert.Contains("<th scope=\"row\">1</th><td>10</td><td>9</td><td>1</td><td>2.5</td><td>20.3</td>", page, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">500</th><td>50.0</td><td>20.0</td><td>30.0</td><td>25 %</td><td>0 %</td><td>missed</td>", page, StringComparison.Ordinal);
    }

    private static LoadReport Report(params IReadOnlyList<LoadSecond> seconds)
    {
        var all = new LoadOperationReport("all", 100, 0, 0, 1, 2, 3, 4, 5, 10, []);

        return new(new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), new("https://service.example/"), 50, TimeSpan.FromSeconds(60), 10, "p99=500ms", [], [all with { Name = "browse" }, all], 3, 0.5, seconds) { Accounts = 25, Mix = "browse=1" };
    }

    [GeneratedRegex(@"[ML][\d.-]+ (?<y>[\d.-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heights();

    [GeneratedRegex("class=\"(grid|axis)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ticks();

    [GeneratedRegex("class=\"line first\" d=\"(?<d>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
