namespace HardenedStarter.Build;

/// <summary>What went wrong in one clear sentence, and the end of what the failing tool said.</summary>
internal sealed class BuildException(string message, string? toolOutput = null) : Exception(message)
{
    private const int TailLines = 25;

    public string? Tail { get; } = toolOutput is null
        ? null
        : string.Join('\n', toolOutput.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).TakeLast(TailLines));
}
