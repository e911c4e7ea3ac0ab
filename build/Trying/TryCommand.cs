using System.CommandLine;

namespace HardenedStarter.Build.Trying;

/// <summary>`try`: from this clone to a service that a person has signed up at, and leaves no trace.</summary>
internal static class TryCommand
{
    private static readonly Option<string> Name = new("--name")
    {
        Description = "The name of the solution.",
        DefaultValueFactory = _ => "Acme.Orders",
    };

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Where to scaffold it, and to leave it. Without: a temporary directory, removed at the end.",
    };

    private static readonly Option<bool> KeepRunning = new("--keep-running")
    {
        Description = "Let the service run until Ctrl-C, even without a terminal.",
    };

    public static Command Create()
    {
        var command = new Command("try", "Packs, installs privately, scaffolds, starts, walks through what came out, and asks whether it is ready.") { Name, Output, KeepRunning };
        command.SetAction(arguments => Outcome.OfAsync(cancel => new Trial(
            arguments.GetRequiredValue(Name), arguments.GetValue(Output), arguments.GetValue(KeepRunning) || Terminal.IsInteractive, Terminal.Output).RunAsync(cancel)));
        return command;
    }
}
