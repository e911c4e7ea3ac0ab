using System.Text.RegularExpressions;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

/// <summary>Where the public variant can be built; <see cref="CiTests"/> builds it and runs its tests.</summary>
public sealed partial class BuildTests(TemplateFixture template, ITestOutputHelper output)
{
    [Fact]
    public async Task The_public_variant_restores_where_the_feed_holds_it_and_else_fails_for_exactly_what_compat_covers()
    {
        var feed = await template.FeedAsync;
        var scaffold = await template.ScaffoldAsync(TemplateFixture.DefaultName, "--feed", Feed.Public);
        var restore = await scaffold.DotnetAsync("restore", scaffold.Solution);
        if (feed.Name == Feed.Public)
        {
            Assert.True(restore.Succeeded, restore.Output);
            return;
        }

        output.WriteLine("public variant: not built, because " + feed.Reason);
        Assert.False(restore.Succeeded, "The feed was found to lack packages, and yet the restore succeeded.");

        var missing = MissingPackage().Matches(restore.Output).Select(match => match.Groups["id"].Value).Distinct(StringComparer.Ordinal);
        Assert.Equal(feed.Missing, missing.Order(StringComparer.Ordinal));
        Assert.Subset(Feed.Differing().Select(package => package.Id).ToHashSet(), feed.Missing.ToHashSet());
    }

    [Fact]
    public void Compat_stands_in_for_the_packages_that_are_known_to_be_missing_in_curated_feeds() =>
        Assert.Equal(
            ["FluentMigrator", "FluentMigrator.Runner.Core", "FluentMigrator.Runner.Postgres", "OpenTelemetry.Extensions.Hosting", "Serilog.Sinks.Seq"],
            Feed.Absent().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"error NU110[12]: Unable to find package (?<id>[\w.]*\w)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MissingPackage();
}
