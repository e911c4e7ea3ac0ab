using System.CommandLine;
using HardenedService.Operations.Configuration;
using HardenedService.Operations.Readiness.Pages;
using HardenedService.Operations.Readiness.Privacy;
using HardenedService.Operations.Readiness.Recording;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness;

/// <summary>The verb <c>readiness</c>.</summary>
internal static class ReadinessCommand
{
    private const int NotReady = 1;

    public static Command Create(IConfiguration configuration)
    {
        var tier = new Option<string>("--tier")
        {
            Description = "must: what has to be so before the first person depends on the service; 30d: also what is due within 30 days of the first release; all.",
            DefaultValueFactory = _ => "all",
        };
        tier.AcceptOnlyFromAmong("must", "30d", "all");
        var candidate = new Option<bool>("--candidate")
        {
            Description = "Judges a build before it is deployed: leaves out what only a deployment can show, such as a backup of today, and says what that is.",
        };
        var json = new Option<FileInfo?>("--json") { Description = "Also write the report to this file, as JSON." };
        var html = new Option<FileInfo?>("--html") { Description = "Also write it to this file, as a page to read and to hand on." };
        var since = new Option<FileInfo?>("--since") { Description = "The report to compare with on that page, as --json wrote it. [default: the one that --json is about to replace]" };
        var url = AddressOption.Create("--url", "Where people reach the service. [default: Service:PublicUrl if that begins with https, else as Service:Address and Service:Port say]");
        var management = AddressOption.Create("--management-url", "Where its management port answers. [default: as Service:ManagementPort says]");
        var repository = new Option<DirectoryInfo?>("--repository") { Description = $"The solution's folder. [default: the first one from here upwards that has a {ReadinessFile.Name}]" };
        var command = new Command(
            "readiness",
            "Runs every check of docs/readiness.md against the service, its database, its repository and what was recorded. "
                + "Exit codes: 0 no must fails or cannot be told and nothing is overdue, 1 otherwise, 2 wrong usage.")
        {
            tier, candidate, json, html, since, url, management, repository,
            RecordCommand.Create(configuration), AlertTestCommand.Create(configuration),
        };
        command.SetAction(async (call, cancel) =>
        {
            var folder = call.GetValue(repository) ?? Above(new DirectoryInfo(Environment.CurrentDirectory));
            var file = Read(folder);
            var earlier = Earlier(call.GetValue(since), call.GetValue(json));
            using var context = new ReadinessContext(
                configuration, file, folder, call.GetValue(url) ?? ServiceAddress.OfPeople(configuration), call.GetValue(management) ?? ServiceAddress.Management(configuration));
            var run = new ReadinessRun(context, call.InvocationConfiguration.Error);
            var asked = ReadinessChecks.All.Where(check => check.Concern.Tier <= LowestOf(call.GetRequiredValue(tier), file)).ToLookup(check => call.GetValue(candidate) && check.Concern.IsOfDeployment);
            var found = await run.RunAsync([.. asked[false]], cancel);
            var report = ReadinessReport.Of(TimeProvider.System.GetUtcNow(), $"{context.Service}", file, found);

            new ReportTable(Terminal.Width, Terminal.HasColors).Write(report, call.InvocationConfiguration.Output);

            if (asked[true].Any())
            {
                await call.InvocationConfiguration.Output.WriteLineAsync($"Left to the deployment: {string.Join(", ", asked[true].Select(check => check.Concern.Id))}.");
            }

            if (call.GetValue(json) is { } path)
            {
                await File.WriteAllTextAsync(path.FullName, ReportJson.Write(report), cancel);
            }

            if (call.GetValue(html) is { } page)
            {
                await File.WriteAllTextAsync(page.FullName, ReadinessPage.Render(report, earlier), cancel);
            }

            return report.IsReady ? 0 : NotReady;
        });
        command.Subcommands.Add(RehearsePrivacyCommand.Create(configuration));
        return command;
    }

    private static EarlierReport? Earlier(FileInfo? since, FileInfo? json) =>
        since is not null ? EarlierReport.Read(since)
        : json is { Exists: true } ? EarlierReport.Read(json)
        : null;

    // Once the 30 days are over, what was due in them is a must.
    private static Tier LowestOf(string tier, ReadinessFile file) => tier switch
    {
        "must" => ReadinessReport.IsGraceOver(file, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime)) ? Tier.ThirtyDays : Tier.Must,
        "30d" => Tier.ThirtyDays,
        _ => Tier.Later,
    };

    private static ReadinessFile Read(DirectoryInfo? folder)
    {
        if (folder is null || !File.Exists(Path.Combine(folder.FullName, ReadinessFile.Name)))
        {
            throw new UsageException($"There is no {ReadinessFile.Name} here, or in a folder above: say where the solution lies, by --repository.");
        }

        try
        {
            return ReadinessFileReader.Read(Path.Combine(folder.FullName, ReadinessFile.Name), [.. ReadinessChecks.All.Select(check => check.Concern.Id)]);
        }
        catch (ReadinessFileException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static DirectoryInfo? Above(DirectoryInfo? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, ReadinessFile.Name)))
        {
            folder = folder.Parent;
        }

        return folder;
    }
}
