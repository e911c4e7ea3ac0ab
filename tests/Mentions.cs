using System.Text.RegularExpressions;

namespace HardenedStarter.Tests;

/// <summary>The processes of this machine that have to do with a directory: it stands in their command line or environment, or they work in it.</summary>
internal static class Mentions
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    public static IReadOnlyList<string> Of(string directory) =>
        [.. Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0])).Select(process => Describe(process, directory)).OfType<string>()];

    /// <summary>Waits until there is none, and says after the limit which there still are.</summary>
    public static async Task AssertNoneAsync(string directory, TimeSpan limit)
    {
        using var timer = new PeriodicTimer(Between);
        using var deadline = new CancellationTokenSource(limit);
        while (Of(directory).Count > 0 && !deadline.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        Assert.Empty(Of(directory));
    }

    // Not a sibling whose number only begins alike, where another test is at work.
    private static bool Names(string text, string directory) =>
        Regex.IsMatch(text, $@"{Regex.Escape(directory)}(?!\w)", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private static string? Describe(string process, string directory)
    {
        try
        {
            var command = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
            var concerned = Names(command, directory)
                || (command.Length > 0 && Names(File.ReadAllText(Path.Combine(process, "environ")), directory))
                || Names(File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName ?? "", directory);
            return concerned ? $"{Path.GetFileName(process)} {command}" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return null;
        }
    }
}
