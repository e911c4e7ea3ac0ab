using System.Reflection;
using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class TryTests(TemplateFixture template)
{
    private static readonly TimeSpan LongestTry = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(40);

    // A compiler at work when its build is killed finishes what it has begun.
    private static readonly TimeSpan LongestCompilation = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Two_at_once_work_one_cleans_up_and_the_other_dies_with_the_dotnet_run_above_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        var (ownFolder, otherFolder) = (template.NewFolder(), template.NewFolder());
        using var kept = StartTry(otherFolder, "Ctrl-C ends it.", "--name", "1shop", "--keep-running");
        using var plain = StartTry(ownFolder, "All of it worked");

        await plain.SaysAsync(LongestTry);
        Assert.Equal(0, await plain.ExitsAsync(LongestStop));
        Assert.Matches("(?m)^Ready, but for 13 gaps that are written down and not yet due[.]\\r?\\n(  (must|30d) +[0-9]+ (pass|waived|fail|error|stale|overdue|not applicable)(, [0-9]+ [a-z ]+)*\\r?\\n){2}", plain.Output);
        Assert.DoesNotContain('\u001B', plain.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(ownFolder, "hardened-starter-*"));
        await Mentions.AssertNoneAsync(ownFolder, LongestStop);

        await kept.SaysAsync(LongestTry);
        Assert.Contains(Mentions.Of(otherFolder), process => process.Contains("postgres", StringComparison.Ordinal));
        kept.Kill();
        await Mentions.AssertNoneAsync(otherFolder, LongestStop);
    }

    [Fact]
    public async Task A_killed_one_takes_the_build_with_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Looks for processes in /proc.");
        var folder = template.NewFolder();
        using var trial = ToolProcess.Start(folder, folder, "Scaffolded", [Tool, "try"]);
        await trial.SaysAsync(LongestTry);
        trial.Kill();
        await Mentions.AssertNoneAsync(folder, LongestCompilation);
    }

    [Fact]
    public async Task An_output_directory_that_is_not_empty_is_refused_at_once()
    {
        var folder = template.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "mine.txt"), "mine");
        var result = await Dotnet.RunAsync(folder, CancellationToken.None, Tool, "try", "--output", folder);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"{folder} is not empty: empty it, or choose another directory for --output.", result.Output);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_name_with_a_slash_is_one_clear_message()
    {
        var folder = template.NewFolder();
        var result = await Dotnet.RunAsync(folder, CancellationToken.None, Tool, "try", "--name", "a/b");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Name cannot contain", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
    }

    private static string Tool => typeof(Repository).Assembly.Location;

    private static string Configuration => typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static ToolProcess StartTry(string temporary, string awaited, params string[] options) => ToolProcess.Start(
        Repository.Root, temporary, awaited, ["run", "--project", "build", "--no-build", "--configuration", Configuration, "--", "try", .. options]);
}
