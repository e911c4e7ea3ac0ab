namespace HardenedService.Operations;

/// <summary>What standard output is connected to.</summary>
internal static class Terminal
{
    private const int Usual = 100;

    /// <summary>How many characters a line may have.</summary>
    public static int Width => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? Usual : Console.WindowWidth;

    /// <summary>A person is looking, and has not asked for text alone (https://no-color.org).</summary>
    public static bool HasColors => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
