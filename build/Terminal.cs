using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>Where we write. Plain, unbroken lines when piped.</summary>
internal static class Terminal
{
    private const int NeverWrap = 10_000;

    public static IAnsiConsole Output { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Errors { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Whether a person sits before it, who can press Ctrl-C.</summary>
    public static bool IsInteractive => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    private static IAnsiConsole Create(TextWriter writer, bool piped)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = piped ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = piped ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = piped ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (piped)
        {
            console.Profile.Width = NeverWrap;
        }

        return console;
    }
}
