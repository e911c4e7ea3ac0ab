using HardenedStarter.Build;

namespace HardenedStarter.Tests;

public sealed class WorkspaceTests
{
    [Fact]
    public void What_a_killed_run_left_is_removed_by_the_next_and_what_is_in_use_stays()
    {
        using var used = new Workspace();
        var left = Directory.CreateTempSubdirectory("hardened-starter-").FullName;
        File.WriteAllText(Path.Combine(left, "workspace.lock"), "");
        File.WriteAllText(Path.Combine(used.Folder("data"), "kept"), "");

        using var next = new Workspace();

        Assert.False(Directory.Exists(left));
        Assert.True(File.Exists(Path.Combine(used.Root, "data", "kept")));
    }
}
