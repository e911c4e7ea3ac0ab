using System.CommandLine;
using Spectre.Console;

namespace HardenedStarter.Build;

/// <summary>`install` and `uninstall`: the template for this user, from this clone.</summary>
internal static class InstallCommand
{
    public static Command CreateInstall()
    {
        var command = new Command("install", "Installs the template for you, with the default of --feed set by what your package feed holds.");
        command.SetAction(_ => Outcome.OfAsync(InstallAsync));
        return command;
    }

    public static Command CreateUninstall()
    {
        var command = new Command("uninstall", "Removes what `install` installed.");
        command.SetAction(_ => Outcome.OfAsync(async cancel => Terminal.Output.WriteLine(
            await TemplatePackage.UninstallAsync(cancel) ? $"{TemplatePackage.Id} is uninstalled." : $"{TemplatePackage.Id} was not installed.")));
        return command;
    }

    private static async Task InstallAsync(CancellationToken cancel)
    {
        using var workspace = new Workspace();
        var steps = new Steps(Terminal.Output);
        var feed = await steps.RunAsync("Asking the package feed", () => Feed.ProbeAsync(cancel), feed => $"Asked the package feed: --feed {feed.Name}");
        var package = await steps.RunAsync(
            "Packing the template",
            () => TemplatePackage.PackAsync(workspace.Folder("package"), workspace, feed.Name, cancel),
            path => $"Packed {Path.GetFileName(path)}");
        await steps.RunAsync("Installed the template", () => ReplaceAsync(package, cancel));

        Terminal.Output.WriteLine($"""

            The default of --feed is {feed.Name}, because {feed.Reason}.

            Now, wherever your code lives:

                dotnet new hardened-api -n Acme.Orders
                cd Acme.Orders
                dotnet run --project dev/Acme.Orders.Dev

            and, in there, for the first feature of yours:

                dotnet new hardened-feature -n Invoices
            """);
    }

    // Installed twice, even by --force, a template is found twice, and then not at all.
    private static async Task ReplaceAsync(string package, CancellationToken cancel)
    {
        await TemplatePackage.UninstallAsync(cancel);
        await TemplatePackage.InstallAsync(package, hive: null, cancel);
    }
}
