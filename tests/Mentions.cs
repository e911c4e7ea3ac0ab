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

    private static string? Describe(string process, string directory)
    {
        try
        {
            var command = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
            var concerned = command.Contains(directory, StringComparison.Ordinal)
                || (command.Length > 0 && File.ReadAllText(Path.Combine(process, "environ")).Contains(directory, StringComparison.Ordinal))
                || File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(directory, StringComparison.Ordinal) == true;
            return concerned ? $"{Path.GetFileName(process)} {command}" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return null;
        }
    }
}
