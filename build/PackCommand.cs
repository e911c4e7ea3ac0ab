using System.CommandLine;
using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>`pack`: the package as it is published.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        var command = new Command("pack", "Packs the template for publishing, into artifacts/.");
        command.SetAction(_ => Outcome.OfAsync(async cancel =>
        {
            using var workspace = new Workspace();
            Terminal.Output.WriteLine(await TemplatePackage.PackAsync(Path.Combine(Repository.Root, "artifacts"), workspace, houseFeed: null, cancel));
        }));
        return command;
    }
}
