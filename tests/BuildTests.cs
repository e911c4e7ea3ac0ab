using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>The public variant; <see cref="CiTests"/> builds the restricted one.</summary>
public sealed partial class BuildTests(TemplateFixture template, ITestOutputHelper output)
{
    [Fact]
    public async Task The_public_variant_builds_where_the_feed_holds_it_and_else_fails_for_exactly_what_compat_covers()
    {
        var feed = await template.FeedAsync;
        var scaffold = await template.ScaffoldAsync(TemplateFixture.DefaultName, "--feed", Feed.Public);
        if (feed.Name == Feed.Public)
        {
            output.WriteLine("public variant: built and tested, because " + feed.Reason);
            await AssertBuildsAndPassesAsync(scaffold);
        }
        else
        {
            output.WriteLine("public variant: not built, because " + feed.Reason);
            var restore = await scaffold.DotnetAsync("restore", scaffold.Solution);
            Assert.False(restore.Succeeded, "The feed was found to lack packages, and yet the restore succeeded.");

            var missing = MissingPackage().Matches(restore.Output).Select(match => match.Groups["id"].Value).Distinct(StringComparer.Ordinal);
            Assert.Equal(feed.Missing, missing.Order(StringComparer.Ordinal));
            Assert.Subset(Feed.Differing().Select(package => package.Id).ToHashSet(), feed.Missing.ToHashSet());
        }
    }

    [Fact]
    public void Compat_stands_in_for_the_packages_that_are_known_to_be_missing_in_curated_feeds() =>
        Assert.Equal(
            ["FluentMigrator", "FluentMigrator.Runner.Core", "FluentMigrator.Runner.Postgres", "OpenTelemetry.Extensions.Hosting", "Serilog.Sinks.Seq"],
            Feed.Absent().Order(StringComparer.Ordinal));

    private static async Task AssertBuildsAndPassesAsync(Scaffold scaffold)
    {
        var build = await scaffold.BuildAsync();
        Assert.True(build.Succeeded, build.Output);

        var tests = await scaffold.DotnetAsync("test", scaffold.Solution, "--no-build", "--nologo");
        Assert.True(tests.Succeeded, tests.Output);
        Assert.Matches(PassedTests(), tests.Output);
    }

    [GeneratedRegex(@"error NU110[12]: Unable to find package (?<id>[\w.]*\w)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MissingPackage();

    [GeneratedRegex(@"Passed!\s+- Failed:\s+0, Passed:\s+[1-9]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassedTests();
}
