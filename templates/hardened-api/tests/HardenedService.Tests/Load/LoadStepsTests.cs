using HardenedService.Operations.Load;

namespace HardenedService.Tests.Load;

public sealed class LoadStepsTests
{
    // Each step as its people, and what became of the promise: kept (+), missed (-), or too few calls to judge (?).
    [Theory]
    [InlineData("50+", 50, 50, true, "It kept what is promised.")]
    [InlineData("50-", 50, 50, false, "It did not keep what is promised: it was slow.")]
    [InlineData("3?", 3, 3, false, "There were too few calls to judge: it takes 100.")]
    [InlineData("1? 10? 100?", 1, 100, false, "There were too few calls to judge: it takes 100.")]
    [InlineData("1? 10+ 100+ 500+", 500, 500, true, "It kept what is promised with up to 500 people.")]
    [InlineData("1? 10+ 100+ 500-", 100, 100, false, "It kept what is promised with up to 100 people, and missed it with 500.")]
    [InlineData("10+ 50+ 100- 500+", 50, 50, false, "It kept what is promised with up to 50 people, and missed it with 100.")]
    [InlineData("10+ 100- 500-", 10, 100, false, "It kept what is promised with up to 10 people, and missed it with 100.")]
    [InlineData("100- 500-", 100, 100, false, "It missed what is promised with 100 people already.")]
    [InlineData("10- 100+", 10, null, false, "It missed what is promised with 10 people already.")]
    [InlineData("1+ 10+", 10, null, true, "It kept what is promised with up to 10 people.")]
    public void What_counts_is_what_was_kept_before_the_first_miss(string steps, int shown, int? recorded, bool isKept, string verdict)
    {
        List<LoadReport> reports = [.. steps.Split(' ').Select(Step)];
        var report = LoadSteps.Sum(reports);

        Assert.Equal((shown, isKept, verdict), (report.Users, report.IsKept, report.Verdict));
        Assert.Equal(recorded, LoadSteps.Proof(reports)?.Users);
    }

    internal static LoadReport Report(int users, int calls, params IReadOnlyList<string> misses)
    {
        var all = new LoadOperationReport("all", calls, 0, 0, 1, 2, 120, 4, 5, 10, []);

        return new(DateTimeOffset.UnixEpoch, new("https://service.example/"), users, TimeSpan.FromSeconds(60), users / 5.0, ServiceLevel.Default, misses, [all, all], 120, 1, [])
        {
            Accounts = 50,
            Mix = LoadOperation.Text(LoadOperations.All),
        };
    }

    private static LoadReport Step(string text) => text[^1] switch
    {
        '+' => Report(Users(text), 1000),
        '-' => Report(Users(text), 1000, "it was slow"),
        _ => Report(Users(text), 99),
    };

    private static int Users(string step) => int.Parse(step[..^1], System.Globalization.CultureInfo.InvariantCulture);
}
