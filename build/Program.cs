using System.CommandLine;
using System.Text;
using HardenedStarter.Build;
using HardenedStarter.Build.Benchmarks;
using HardenedStarter.Build.Trying;

// Where the console says otherwise, a check mark would come out as a question mark.
Console.OutputEncoding = Encoding.UTF8;

var root = new RootCommand("Packs, installs, tries and measures the template of this clone.")
{
    TryCommand.Create(),
    InstallCommand.CreateInstall(),
    InstallCommand.CreateUninstall(),
    PackCommand.Create(),
    BenchCommand.Create(),
    WallsCommand.Create(),
};

// Signals are ours: the library would cut a clean-up short.
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
