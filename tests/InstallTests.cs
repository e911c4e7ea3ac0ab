using HardenedService.Operations.Postgres;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class InstallTests(TemplateFixture template)
{
    [Fact]
    public async Task A_bare_install_of_the_clone_works_and_keeps_public()
    {
        var hive = template.NewFolder();
        var directory = template.NewFolder();
        var install = await Dotnet.RunAsync(Repository.Root, CancellationToken.None, "new", "install", ".", "--debug:custom-hive", hive);
        Assert.True(install.Succeeded, install.Output);

        var made = await Dotnet.RunAsync(
            directory, CancellationToken.None, "new", "hardened-api", "--name", TemplateFixture.DefaultName, "--output", directory, "--debug:custom-hive", hive);
        Assert.True(made.Succeeded, made.Output);
        Assert.Equal((await template.PublicAsync).Files, new Scaffold(directory).Files);
    }

    [Fact]
    public async Task Install_sets_the_default_by_what_the_feed_holds_again_and_again_and_uninstall_takes_it_away()
    {
        var feed = await template.FeedAsync;
        var home = HomeWithTheSameFeed();
        for (var time = 0; time < 2; time++)
        {
            var install = await RunAsync(home, Tool, "install");
            Assert.True(install.Succeeded, install.Output);
            Assert.Contains($"The default of --feed is {feed.Name}, because {feed.Reason}.", install.Output, StringComparison.Ordinal);
        }

        var made = await RunAsync(home, "new", "hardened-api", "-n", "Acme");
        Assert.True(made.Succeeded, made.Output);
        Assert.Equal(feed.Name, new Scaffold(Path.Combine(home, "Acme")).ReadAnswers().Feed);

        Assert.Contains("is uninstalled", (await RunAsync(home, Tool, "uninstall")).Output, StringComparison.Ordinal);
        Assert.Contains("was not installed", (await RunAsync(home, Tool, "uninstall")).Output, StringComparison.Ordinal);
        Assert.False((await RunAsync(home, "new", "hardened-api", "-n", "Other")).Succeeded);
    }

    private static string Tool => typeof(Repository).Assembly.Location;

    // The SDK keeps templates and NuGet its configuration below the home: ours holds the user's sources, and shares their packages.
    private string HomeWithTheSameFeed()
    {
        var home = template.NewFolder();
        var configuration = Path.Combine(UserHome, ".nuget", "NuGet", "NuGet.Config");
        if (File.Exists(configuration))
        {
            var copy = Directory.CreateDirectory(Path.Combine(home, ".nuget", "NuGet"));
            File.Copy(configuration, Path.Combine(copy.FullName, "NuGet.Config"));
        }

        return home;
    }

    private static string UserHome => Environment.GetEnvironmentVariable("DOTNET_CLI_HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static async Task<DotnetResult> RunAsync(string home, params string[] arguments)
    {
        var start = Dotnet.StartInfo(home, arguments);
        start.Environment.TryAdd("NUGET_PACKAGES", Path.Combine(UserHome, ".nuget", "packages"));
        start.Environment["DOTNET_CLI_HOME"] = home;
        var (exitCode, output) = await SupervisedProcess.RunAsync(start, CancellationToken.None);
        return new DotnetResult(exitCode, output);
    }
}
