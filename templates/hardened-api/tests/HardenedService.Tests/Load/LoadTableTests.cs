using HardenedService.Operations.Load;

namespace HardenedService.Tests.Load;

public sealed class LoadTableTests
{
    private static readonly LoadOperationReport[] Operations =
    [
        new("browse", 123_456, 12, 1234, 1.2, 20.05, 123.4, 1234.5, 9999, 2057.6, [new("500", 7), new("not made: too many under way", 5)]),
        new("signin", 10, 0, 0, 250, 260, 270, 280, 290, 0.2, []),
        new("promised", 123_456, 12, 1234, 1.2, 20.05, 123.4, 1234.5, 9999, 2057.6, []),
        new("all", 123_466, 12, 1234, 1.2, 20.05, 123.4, 1234.5, 9999, 2057.8, []),
    ];

    [Theory]
    [InlineData(40)]
    [InlineData(20)]
    [InlineData(100)]
    public void No_line_is_wider_than_the_terminal_or_40_characters(int width)
    {
        var lines = Lines(width);

        Assert.All(lines, line => Assert.InRange(line.Length, 0, Math.Max(40, width)));
        Assert.Contains(lines, line => line.Contains("p99.9", StringComparison.Ordinal));
        Assert.Contains("9999", string.Join('\n', lines));
    }

    [Fact]
    public void It_says_what_failed_what_held_the_load_back_and_whether_the_promise_was_kept()
    {
        var text = string.Join(' ', Lines(100));

        Assert.Contains("browse: 7 x 500", text);
        Assert.Contains("browse: 5 x not made: too many under way", text);
        Assert.Contains("1234 calls were turned away by the service's rate limits", text);
        Assert.Contains("(browse 1234)", text);
        Assert.Contains("raise RateLimits:PerAddress and RateLimits:PerUser where", text);
        Assert.DoesNotContain("RateLimits:Policies:password", text);
        Assert.Contains("it was too busy to tell", text);
        Assert.Contains("Calls as of 500 people for 60 s, by 50 accounts. Promised: p99=500ms,errors=0.1%.", text);
        Assert.EndsWith("It kept what is promised with up to 100 people, and missed it with 500.", text);
    }

    [Fact]
    public void Sign_ins_that_are_turned_away_have_a_limit_of_their_own()
    {
        var text = string.Join(' ', Lines(100, Operations[1] with { Limited = 3 }));

        Assert.Contains("(signin 3)", text);
        Assert.Contains("raise RateLimits:Policies:password where", text);
    }

    [Theory]
    [InlineData(99, "There were too few calls to judge: it takes 100.")]
    [InlineData(100, "Of 100 calls, one is 1 %, and the p99 is that of the 1 slowest: 1000 calls say more.")]
    public void Few_calls_say_little_and_that_is_said(int calls, string remark)
    {
        var operation = Operations[0] with { Count = calls };

        Assert.Contains(remark, string.Join(' ', Lines(200, operation, isGrowth: false)));
    }

    [Fact]
    public void A_second_fits_into_40_characters() =>
        Assert.InRange(LoadTable.Line(new(3600, 9999, 9999, 1000, 1, 12_345.6), 1000).Length, 1, 40);

    private static string[] Lines(int width) => Lines(width, Operations);

    private static string[] Lines(int width, LoadOperationReport operation, bool isGrowth = true) =>
        Lines(width, [operation, operation with { Name = "promised", Failures = [] }, operation with { Name = "all", Failures = [] }], isGrowth);

    private static string[] Lines(int width, IReadOnlyList<LoadOperationReport> operations, bool isGrowth = true)
    {
        var report = new LoadReport(
            DateTimeOffset.UnixEpoch, new("http://127.0.0.1:1"), 500, TimeSpan.FromSeconds(60), 100, ServiceLevel.Default, ["p99 is 600 ms, and may be 500 ms"], operations, 123.4, 100, [])
        {
            Accounts = 50,
            Growth = isGrowth ? [new(1, 0.2, 1, 2, 0, 0, false) { IsTooSmall = true }, new(100, 20, 1, 2, 0, 0, true), new(500, 2057.8, 1.2, 600, 0.0001, 0.01, false)] : null,
        };
        using var output = new StringWriter();
        new LoadTable(width).Write(report, output);

        return output.ToString().TrimEnd().Split(Environment.NewLine);
    }
}
