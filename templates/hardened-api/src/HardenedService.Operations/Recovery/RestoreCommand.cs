using System.CommandLine;
using System.Globalization;
using HardenedService.Operations.Auditing;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>The verbs <c>restore-drill</c> and <c>restore</c>.</summary>
internal static class RestoreCommand
{
    private const int Unsound = 1;

    public static Command CreateDrill(IConfiguration configuration)
    {
        var work = new Option<string?>("--work") { Description = "Where to restore to, for the time of the drill. [default: a directory of its own for temporary files]", HelpName = "directory" };
        var (at, timeline, from, logical, postgres, head) = Options();
        var command = new Command(
            "restore-drill",
            "Restores the newest backup into a private cluster, with all WAL that was archived since, and looks whether it is sound: files, rows, "
                + "constraints, migrations, the audit trail, the key ring, and the API itself on it, which erases again who was erased since. Needs Backup:Directory; "
                + "with Operations:OperatorConnectionString it asks the database in use who was erased, and notes the restore there. Nothing else is touched. "
                + "Exit codes: 0 sound, 1 not sound.")
        {
            at, timeline, from, logical, postgres, head, work,
        };
        command.SetAction(async (call, cancel) =>
        {
            var output = call.InvocationConfiguration.Output;
            var request = Request(configuration, call.GetValue(from), call.GetValue(at), call.GetValue(timeline), call.GetValue(logical) ? BackupKind.Logical : null);
            var directory = call.GetValue(work) is { } named ? Path.GetFullPath(named) : RestoreTarget.New();
            var drill = new RestoreDrill(configuration, request, call.GetValue(postgres) is { } tools ? RecoverySettings.Postgres(tools) : null, output);
            RestoreTarget.RemoveLeft();

            return await drill.RunAsync(directory, call.GetValue(head), isReal: false, cancel) ? 0 : Unsound;
        });
        return command;
    }

    public static Command CreateRestore(IConfiguration configuration)
    {
        var to = new Option<string>("--to") { Description = "An empty directory, or one that does not exist: the cluster lies in pgdata below it.", Required = true, HelpName = "directory" };
        var (at, timeline, from, logical, postgres, head) = Options();
        _ = logical;
        var command = new Command(
            "restore",
            "Restores the newest physical backup, with all WAL that was archived since, into a directory, for a server of yours to be started on: looks at it "
                + "as restore-drill does, marks who was erased since, and leaves it stopped. Exit codes: 0 sound, 1 not sound.")
        {
            to, at, timeline, from, postgres, head,
        };
        command.SetAction(async (call, cancel) =>
        {
            var request = Request(configuration, call.GetValue(from), call.GetValue(at), call.GetValue(timeline), BackupKind.Physical);
            var drill = new RestoreDrill(
                configuration, request, call.GetValue(postgres) is { } tools ? RecoverySettings.Postgres(tools) : null, call.InvocationConfiguration.Output);

            return await drill.RunAsync(Path.GetFullPath(call.GetRequiredValue(to)), call.GetValue(head), isReal: true, cancel) ? 0 : Unsound;
        });
        return command;
    }

    private static (Option<DateTimeOffset?> At, Option<uint?> Timeline, Option<string?> From, Option<bool> Logical, Option<string?> Postgres, Option<ChainHead?> Head) Options() => (
        new("--at")
        {
            Description = "The moment to restore to, such as 2026-02-03T04:05:06Z: what was committed until then is there, and nothing after it.",
            HelpName = "time",
            CustomParser = result => DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : Fail<DateTimeOffset?>(result, $"'{result.Tokens[0].Value}' is not a time: it looks like 2026-02-03T04:05:06Z."),
        },
        new("--timeline")
        {
            Description = "The timeline to follow: each restore begins another one. With --at, where two of them were written at that moment. [default: the newest]",
            HelpName = "number",
        },
        new("--from") { Description = "Where backups lie. [default: Backup:Directory]", HelpName = "directory" },
        new("--logical") { Description = "The newest backup made with --logical." },
        BackupCommand.Postgres(),
        new("--head")
        {
            Description = "A head of the audit trail that was published before the moment that is restored: see audit verify.",
            HelpName = "sequence:hash",
            CustomParser = result => ChainHead.Parse(result.Tokens[0].Value) ?? Fail<ChainHead?>(result, $"'{result.Tokens[0].Value}' is not a head: it looks like 1024:9f86d081…, with 64 hexadecimal digits."),
        });

    private static T? Fail<T>(System.CommandLine.Parsing.ArgumentResult result, string error)
    {
        result.AddError(error);

        return default;
    }

    private static RestoreRequest Request(IConfiguration configuration, string? from, DateTimeOffset? at, uint? timeline, string? kind) => at is not null && kind == BackupKind.Logical
        ? throw new UsageException("A logical backup is of one moment: --at is for physical ones.")
        : new(BackupStore.Open(configuration, from), at, kind) { Timeline = timeline };
}
