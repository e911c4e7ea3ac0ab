using System.CommandLine;
using HardenedService.Operations.Configuration;
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
        var json = new Option<FileInfo?>("--json") { Description = "Also write the report to this file, as JSON." };
        var url = new Option<Uri?>("--url") { Description = "Where the service answers. [default: as Service:Address and Service:Port say]" };
        var management = new Option<Uri?>("--management-url") { Description = "Where its management port answers. [default: as Service:ManagementPort says]" };
        var repository = new Option<DirectoryInfo?>("--repository") { Description = $"The solution's folder. [default: the first one from here upwards that has a {ReadinessFile.Name}]" };
        var command = new Command(
            "readiness",
            "Runs every check of docs/readiness.md against the service, its database, its repository and what was recorded. "
                + "Exit codes: 0 no must fails or cannot be told and nothing is overdue, 1 otherwise, 2 wrong usage.")
        {
            tier, json, url, management, repository,
            RecordCommand.Create(configuration), AlertTestCommand.Create(configuration),
        };
        command.SetAction(async (call, cancel) =>
        {
            var folder = call.GetValue(repository) ?? Above(new DirectoryInfo(Environment.CurrentDirectory));
            var file = Read(folder);
            using var context = new ReadinessContext(
                configuration, file, folder, call.GetValue(url) ?? ServiceAddress.Public(configuration), call.GetValue(management) ?? ServiceAddress.Management(configuration));
            var run = new ReadinessRun(context, call.InvocationConfiguration.Error);
            var checks = ReadinessChecks.All.Where(check => check.Concern.Tier <= LowestOf(call.GetRequiredValue(tier), file)).ToList();
            var found = await run.RunAsync(checks, cancel);
            var report = ReadinessReport.Of(TimeProvider.System.GetUtcNow(), $"{context.Service}", file, found);

            new ReportTable(Terminal.Width, Terminal.HasColors).Write(report, call.InvocationConfiguration.Output);

            if (call.GetValue(json) is { } path)
            {
                await File.WriteAllTextAsync(path.FullName, ReportJson.Write(report), cancel);
            }

            return report.IsReady ? 0 : NotReady;
        });
        command.Subcommands.Add(RehearsePrivacyCommand.Create(configuration));
        return command;
    }

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
