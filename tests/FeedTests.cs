using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class FeedTests
{
    [Fact]
    public void Whether_the_feed_is_restricted_is_asked_by_the_packages_that_differ_in_their_public_versions()
    {
        var differing = Feed.Differing().Select(package => $"{package.Id} {package.Version}").ToList();
        Assert.Subset(KnownPackages.Public.ToHashSet(), differing.ToHashSet());
        Assert.All(Feed.Absent(), id => Assert.Contains(differing, package => package.StartsWith(id + " ", StringComparison.Ordinal)));
    }
}
