using System.CommandLine;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Recording;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>The verbs <c>recovery show</c> and <c>recovery note</c>.</summary>
internal static class RecoveryCommand
{
    public static Command Create(IConfiguration configuration) => new(
        "recovery", "Keeps account of backups and restores, as the operator role: needs Operations:OperatorConnectionString.")
    {
        Show(configuration),
        Note(configuration),
    };

    private static Command Show(IConfiguration configuration)
    {
        var command = new Command("show", "Shows how long ago the last good backup was made and the last restore was verified, with the RPO and RTO of that.");
        command.SetAction(async (call, cancel) =>
        {
            foreach (var line in await RecoveryNotes.ReadAsync(configuration.RequireConnectionString("Operations:OperatorConnectionString"), cancel))
            {
                await call.InvocationConfiguration.Output.WriteLineAsync(line);
            }
        });
        return command;
    }

    private static Command Note(IConfiguration configuration)
    {
        var kind = new Argument<string>("what") { Description = "backup: a good one was just made. restore: one was just verified." };
        kind.AcceptOnlyFromAmong("backup", "restore");
        var by = new Option<string>("--by") { Description = "Who did it, or which tool.", Required = true, HelpName = "name" };
        var command = new Command(
            "note",
            "Notes that a backup was made or a restore verified, whatever tool did it: the age of the last one is a metric, with an alert. Of a backup it is also "
                + "the evidence that `readiness` reads; of a restore that is `readiness record restore_drill`.") { kind, by };
        command.SetAction(async (call, cancel) =>
        {
            var what = call.GetRequiredValue(kind);
            var told = RecordedFacts.Of(EvidenceKind.Backup, call.GetRequiredValue(by), note: null, facts: []);
            var connectionString = configuration.RequireConnectionString("Operations:OperatorConnectionString");
            await RecoveryNotes.WriteAsync(connectionString, what, null, null, null, cancel);

            if (what == EvidenceKind.Backup)
            {
                await new EvidenceLog(connectionString).WriteAsync(EvidenceKind.Backup, told, cancel);
            }

            await call.InvocationConfiguration.Output.WriteLineAsync($"The {what} is noted.");
        });
        return command;
    }
}
