using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class OptionTests(TemplateFixture template)
{
    /// <summary>--feed (null: not given), HARDENED_FEED (null: not set), and what comes out.</summary>
    public static TheoryData<string?, string?, string> Feeds => new()
    {
        { null, null, Feed.Public },
        { null, Feed.Restricted, Feed.Restricted },
        { null, Feed.Public, Feed.Public },
        { Feed.Public, Feed.Restricted, Feed.Public },
        { Feed.Restricted, Feed.Public, Feed.Restricted },
        { "house", Feed.Restricted, Feed.Restricted },
    };

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task The_feed_is_what_is_given_else_what_the_house_says_else_public(string? given, string? house, string expected)
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--output", directory, .. given is null ? [] : (string[])["--feed", given]], house);
        Assert.True(result.Succeeded, result.Output);

        var scaffold = new Scaffold(directory);
        Assert.Equal(expected, scaffold.ReadAnswers().Feed);
        Assert.Equal(expected == Feed.Restricted, scaffold.Files.Contains("compat/Compat.csproj"));
    }

    [Fact]
    public async Task A_feed_that_does_not_exist_is_refused()
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--output", directory, "--feed", "private"]);
        Assert.False(result.Succeeded);
        Assert.Contains("'private' is not a valid value for --feed", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    /// <summary>Given ports, two of them in the ranges from which the others are drawn.</summary>
    public static TheoryData<int, int, int> Ports => new()
    {
        { 0, 0, 0 },
        { 5150, 0, 0 },
        { 0, 6001, 6002 },
        { 6000, 6001, 6002 },
        { 0, 0, 5250 },
    };

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Ports_are_given_or_drawn_and_never_the_same(int port, int managementPort, int mailPort)
    {
        var answers = (await template.ScaffoldAsync("Acme", [
            .. port == 0 ? [] : (string[])["--port", $"{port}"],
            .. managementPort == 0 ? [] : (string[])["--management-port", $"{managementPort}"],
            .. mailPort == 0 ? [] : (string[])["--mail-port", $"{mailPort}"],
        ])).ReadAnswers();

        Assert.Equal(3, new HashSet<int> { answers.Port, answers.ManagementPort, answers.MailPort }.Count);
        AssertGivenOrDrawn(port, answers.Port);
        AssertGivenOrDrawn(managementPort, answers.ManagementPort);
        AssertGivenOrDrawn(mailPort, answers.MailPort);

        static void AssertGivenOrDrawn(int given, int actual)
        {
            if (given == 0)
            {
                Assert.InRange(actual, 5100, 7199);
            }
            else
            {
                Assert.Equal(given, actual);
            }
        }
    }

    [Fact]
    public void A_drawn_port_makes_way_for_a_given_one()
    {
        // What is drawn cannot be told beforehand, so the expressions that pick are tried alone: own, two others, three drawn.
        var pick = TemplateJson.PortPick();
        Assert.Equal("5201", pick("0|5101|7001|5101|5201|7101"));
        Assert.Equal("7101", pick("0|5101|5201|5101|5201|7101"));
        Assert.Equal("7101", pick("0|5201|5101|5101|5201|7101"));
        Assert.Equal("5101", pick("0|0|0|5101|5201|7101"));
        Assert.Equal("6000", pick("6000|5101|5201|5101|5201|7101"));
    }

    [Fact]
    public async Task A_port_that_is_no_number_is_refused()
    {
        var directory = template.NewFolder();
        var result = await template.NewAsync(directory, ["--output", directory, "--port", "http"]);
        Assert.False(result.Succeeded);
        Assert.Contains("Cannot parse argument 'http' for option '--port'", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public async Task The_same_answers_emit_the_same_bytes()
    {
        var first = await template.RestrictedAsync;
        var answers = first.ReadAnswers();
        var second = await template.ScaffoldAsync(answers.Name, ["--feed", answers.Feed, .. answers.PortOptions]);

        Assert.Equal(TemplatePackage.Version, answers.Version);
        Assert.Equal("hardened-api", answers.Template);
        Assert.Equal(first.Files, second.Files);
        Assert.All(first.Files, file => Assert.Equal(first.ReadBytes(file), second.ReadBytes(file)));
    }
}
