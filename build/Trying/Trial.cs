using Spectre.Console;

namespace HardenedStarter.Build.Trying;

/// <summary>One run of `try`, beside any other one: its directories and ports are its own.</summary>
internal sealed class Trial(string name, string? output, bool keepRunning, IAnsiConsole console)
{
    private readonly Steps _steps = new(console);

    public async Task RunAsync(CancellationToken cancel)
    {
        var target = output is null ? null : Path.GetFullPath(output);
        if (target is not null && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new BuildException($"{target} is not empty: empty it, or choose another directory for --output.");
        }

        using var workspace = new Workspace();
        var solution = await ScaffoldAsync(workspace, target ?? Path.Combine(workspace.Root, "solution"), cancel);

        await using var service = await _steps.RunAsync(
            "Starting the service on a PostgreSQL of its own",
            () => RunningService.StartAsync(solution, workspace.Folder("data"), cancel),
            service => $"Started {service.Ports.Public}");

        using var client = new ServiceClient(service.Ports, cancel);
        await new Walkthrough(client, _steps).RunAsync();
        var summary = await _steps.RunAsync(
            "Asking whether people may depend on it",
            () => ReadinessSummary.OfAsync(solution, service, workspace, cancel),
            _ => "Asked whether people may depend on it: readiness");
        console.WriteLine($"All of it worked, in {_steps.Total.TotalSeconds:0} s.");
        console.WriteLine($"{Environment.NewLine}{summary}");

        if (keepRunning)
        {
            await KeepRunningAsync(service, cancel);
        }

        if (target is not null)
        {
            console.WriteLine($"The solution stays in {target}");
        }
    }

    private async Task<string> ScaffoldAsync(Workspace workspace, string target, CancellationToken cancel)
    {
        var feed = await _steps.RunAsync("Asking the package feed", () => Feed.ProbeAsync(cancel), feed => $"Asked the package feed: --feed {feed.Name}");
        console.WriteLine($"  because {feed.Reason}");

        var package = await _steps.RunAsync(
            "Packing the template",
            () => TemplatePackage.PackAsync(workspace.Folder("package"), workspace, houseFeed: null, cancel),
            path => $"Packed {Path.GetFileName(path)}");

        var hive = workspace.Folder("hive");
        await _steps.RunAsync("Installed it privately", () => TemplatePackage.InstallAsync(package, hive, cancel));
        await _steps.RunAsync($"Scaffolded {name}", () => TemplatePackage.ScaffoldAsync(name, target, feed.Name, hive, cancel));
        await _steps.RunAsync("Building it", () => BuildAsync(target, cancel), _ => "Built it");
        return target;
    }

    // The runner's project has all that runs below it, and not the tests.
    private static Task<string> BuildAsync(string solution, CancellationToken cancel) => Dotnet.RunOrThrowAsync(
        solution, "The scaffolded solution does not build.", cancel, ["build", RunningService.ProjectOf(solution), "-v", "q", "--nologo"]);

    private async Task KeepRunningAsync(RunningService service, CancellationToken cancel)
    {
        console.WriteLine($"""

            API         {service.Ports.Public}
            management  {service.Ports.Management}health/ready
            mails       {service.Ports.Mails}

            Ctrl-C ends it.
            """);
        await service.RunsUntilAsync(cancel);
    }
}
