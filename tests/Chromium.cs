using Microsoft.Playwright;

namespace HardenedStarter.Tests;

/// <summary>The Chromium of this machine, with a profile of its own that is empty.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Arguments =
        ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    // Its sandbox asks for what containers and root do not have. It visits nothing but what is under test.
    public static Task<IBrowserContext> StartAsync(IPlaywright playwright, string profile, bool keepsPolicy = false) =>
        playwright.Chromium.LaunchPersistentContextAsync(profile, new()
        {
            ExecutablePath = Find(),
            Headless = true,
            ChromiumSandbox = false,
            Args = Arguments,

            // The service's own policy lets no page fetch anything; its users' pages come with theirs.
            BypassCSP = !keepsPolicy,
        });

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.True(found is not null, $"A real browser is needed, and none of {string.Join(", ", Names)} is on the PATH. Debian: apt install chromium.");

        return found;
    }
}
