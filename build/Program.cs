using System.CommandLine;
using HardenedStarter.Build;
using HardenedStarter.Build.Trying;

var root = new RootCommand("Packs, installs and tries the template of this clone.")
{
    TryCommand.Create(),
    InstallCommand.CreateInstall(),
    InstallCommand.CreateUninstall(),
    PackCommand.Create(),
};

// Cleaning up after Ctrl-C waits for a database to stop.
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
