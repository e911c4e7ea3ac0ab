namespace HardenedStarter.Tests.Shipping;

/// <summary>ops/release.sh on two real processes behind a real nginx.</summary>
public sealed class ReleaseTests(ReleaseStory story) : IClassFixture<ReleaseStory>
{
    [Fact]
    public void A_release_brings_its_migration_and_every_replica_and_fails_no_request()
    {
        var took = $"from the commit to all replicas: {story.Releases.SecondTook + story.Second.Run.Took:m\\:ss} (build {story.Releases.SecondTook:m\\:ss}, release {story.Second.Run.Took:m\\:ss}, "
            + $"{story.Second.Requests} requests meanwhile); rollback {story.Back.Run.Took:m\\:ss}";
        TestContext.Current.SendDiagnosticMessage(took);
        TestContext.Current.TestOutputHelper!.WriteLine(took);

        AssertSucceeded(story.First, Releases.FirstVersion);
        AssertSucceeded(story.Second, Releases.SecondVersion);
        Assert.Equal(Number(story.First.Schema) + 1, Number(story.Second.Schema));
        Assert.Contains("current releases/2.0.0\nprevious releases/1.0.0", story.Second.After, StringComparison.Ordinal);
        Assert.True(story.Second.Requests > 50);
    }

    [Fact]
    public void A_release_that_does_not_become_ready_is_taken_back_and_the_old_one_served_all_the_while()
    {
        var step = story.NotReady;

        Assert.Equal(1, step.Run.ExitCode);
        Assert.Contains("a did not become ready as 1.5.0: back to 1.0.0", step.Run.Output, StringComparison.Ordinal);
        Assert.Contains("1.5.0 was taken back, and 1.0.0 serves", step.Run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("b: stop", step.Run.Output, StringComparison.Ordinal);
        Assert.Equal([Releases.FirstVersion, Releases.FirstVersion], step.Versions);
        AssertNoneFailed(step);
    }

    [Fact]
    public void Without_a_secret_nothing_is_begun()
    {
        Assert.All([(story.WithoutOwner, "Operations:OwnerConnectionString"), (story.WithoutService, "Database:ConnectionString")], ((Step Step, string Key) refused) =>
        {
            Assert.Equal(1, refused.Step.Run.ExitCode);
            Assert.Contains(refused.Key, refused.Step.Run.Output, StringComparison.Ordinal);
            Assert.Contains("Nothing was changed.", refused.Step.Run.Output, StringComparison.Ordinal);
            Assert.Equal(refused.Step.Before, refused.Step.After);
            Assert.Equal(story.First.Schema, refused.Step.Schema);
            AssertNoneFailed(refused.Step);
        });
    }

    [Fact]
    public void One_command_goes_back_on_the_schema_of_the_new_one_and_fails_no_request()
    {
        AssertSucceeded(story.Back, Releases.FirstVersion);
        Assert.Equal(story.Second.Schema, story.Back.Schema);
        Assert.Contains("current releases/1.0.0\nprevious \n", story.Back.After, StringComparison.Ordinal);

        Assert.Equal((1, "There is no release before 1.0.0."), (story.BackAgain.Run.ExitCode, story.BackAgain.Run.Output.Trim()));
        Assert.Equal(story.BackAgain.Before, story.BackAgain.After);
    }

    [Fact]
    public void A_release_or_a_rollback_that_is_killed_at_any_point_finishes_when_it_is_run_again()
    {
        Assert.Equal(16, story.Killed.Count);
        Assert.All(story.Killed, AssertNoneFailed);

        AssertSucceeded(story.SecondAfterAll, Releases.SecondVersion);
        AssertSucceeded(story.BackAfterAll, Releases.FirstVersion);
        Assert.Contains("current releases/1.0.0\nprevious \n", story.BackAfterAll.After, StringComparison.Ordinal);
    }

    [Fact]
    public void Nginx_met_nobody_who_was_gone_and_every_write_was_made_once()
    {
        Assert.Empty(story.Complaints);
        Assert.Equal(story.Written.Stored, story.Written.Distinct);
    }

    private static void AssertSucceeded(Step step, string version)
    {
        Assert.True(step.Run.ExitCode == 0, step.Run.Output);
        Assert.EndsWith($"{version} serves", step.Run.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal([version, version], step.Versions.Select(served => served.Split('+')[0]));
        AssertNoneFailed(step);
    }

    private static void AssertNoneFailed(Step step) => Assert.True(step.Failures.Count == 0, string.Join('\n', step.Failures.Take(10)));

    private static int Number(string schema) => int.Parse(schema, System.Globalization.CultureInfo.InvariantCulture);
}
