using System.CommandLine;
using HardenedService.Operations.Configuration;
using HardenedService.Operations.Readiness.Pages;
using HardenedService.Operations.Readiness.Privacy;
using HardenedService.Operations.Readiness.Recording;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>The verb <c>readiness</c>.</summary>
internal static class ReadinessCommand
{
    private const int NotReady = 1;

    private static DateOnly Today => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

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
            DemandFiles(folder!, call.GetValue(json), call.GetValue(html));
            var earlier = Earlier(call.GetValue(since), call.GetValue(json));
            using var context = new ReadinessContext(
                configuration, file, folder, call.GetValue(url) ?? ServiceAddress.OfPeople(configuration), call.GetValue(management) ?? ServiceAddress.Management(configuration));
            var run = new ReadinessRun(context, call.InvocationConfiguration.Error);
            var released = file.FirstRelease is null ? await FirstReleaseAsync(context, cancel) : null;
            file = file with { FirstRelease = file.FirstRelease ?? released };
            var scope = new ReportScope(LowestOf(call.GetRequiredValue(tier), file), call.GetValue(candidate));
            var asked = ReadinessChecks.All.ToLookup(check => scope.Includes(check.Concern));
            var found = await run.RunAsync([.. asked[true]], cancel);
            var leftOut = asked[false].Select(check => check.Concern).ToList();
            var report = ReadinessReport.Of(TimeProvider.System.GetUtcNow(), $"{context.Service}", file, found, leftOut) with
            {
                Scope = scope,
                LeftOut = leftOut,
                IsFirstReleaseRecorded = released is not null,
            };

            new ReportTable(Terminal.Width, Terminal.HasColors).Write(report, call.InvocationConfiguration.Output);

            await WholeFile.WriteAsync(call.GetValue(json), ReportJson.Write(report), cancel);
            await WholeFile.WriteAsync(call.GetValue(html), ReadinessPage.Render(report, earlier), cancel);

            return report.IsReady ? 0 : NotReady;
        });
        command.Subcommands.Add(RehearsePrivacyCommand.Create(configuration));
        return command;
    }

    private static EarlierReport? Earlier(FileInfo? since, FileInfo? json) =>
        since is not null ? EarlierReport.Read(since)
        : json is not null && WholeFile.HasContent(json) ? EarlierReport.Read(json)
        : null;

    // Before anything is looked at: a report that nobody gets took two minutes as well.
    private static void DemandFiles(DirectoryInfo folder, FileInfo? json, FileInfo? html)
    {
        WholeFile.Demand(json);
        WholeFile.Demand(html);
        var own = Path.Combine(folder.FullName, ReadinessFile.Name);

        if (new[] { json, html }.Any(file => file is not null && WholeFile.Target(file).FullName == own))
        {
            throw new UsageException($"{own} is what the team writes: name another file.");
        }

        if (json is not null && json.FullName == html?.FullName)
        {
            throw new UsageException("--json and --html name the same file.");
        }
    }

    // What was released is released, whether or not somebody has written down that it was. A database that is out of reach is told by the checks.
    private static async Task<DateOnly?> FirstReleaseAsync(ReadinessContext context, CancellationToken cancel)
    {
        try
        {
            return await context.Evidence.FirstAsync(EvidenceKind.Release, cancel) is { } at ? DateOnly.FromDateTime(at.UtcDateTime) : null;
        }
        catch (Exception exception) when (exception is NpgsqlException or UsageException or InconclusiveException)
        {
            return null;
        }
    }

    // Once the 30 days are over, what was due in them is a must.
    private static Tier LowestOf(string tier, ReadinessFile file) => tier switch
    {
        "must" => ReadinessReport.IsGraceOver(file, Today) ? Tier.ThirtyDays : Tier.Must,
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
            return ReadinessFileReader.Read(Path.Combine(folder.FullName, ReadinessFile.Name), [.. ReadinessChecks.All.Select(check => check.Concern.Id)], Today);
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
