using System.CommandLine;
using HardenedService.Operations.Load;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>The verb <c>readiness record</c>.</summary>
internal static class RecordCommand
{
    private const int NotConfirmed = 1;

    // Without these a record would prove nothing; what else there is to tell is up to whoever records it.
    private static readonly Dictionary<string, string[]> Required = new()
    {
        [EvidenceKind.AlertDelivery] = ["token"],
        [EvidenceKind.LoadTest] = ["by", .. LoadEvidence.Needed],
        [EvidenceKind.PrivacyRehearsal] = ["by"],
        [EvidenceKind.Release] = ["version"],
        [EvidenceKind.RestoreDrill] = ["lostSeconds", "tookSeconds"],
        [EvidenceKind.RollbackRehearsal] = ["by"],
        [EvidenceKind.SecurityReview] = ["by"],
    };

    public static Command Create(IConfiguration configuration)
    {
        var kind = new Argument<string>("kind") { Description = "What was done." };
        kind.AcceptOnlyFromAmong([.. Required.Keys]);
        var by = new Option<string?>("--by") { Description = "Who did it." };
        var note = new Option<string?>("--note") { Description = "Anything else, in a sentence." };
        var token = new Option<string?>("--token") { Description = "alert_delivery: what stood in the alert that `readiness alert-test` sent." };
        var facts = new Option<string[]>("--fact")
        {
            Description = "What came of it, such as tookSeconds=840: a number, true, false, or a text. load_test needs what `load` records (docs/load.md), release needs version, "
                + "restore_drill needs lostSeconds and tookSeconds.",
            HelpName = "name=value",
            DefaultValueFactory = _ => [],
        };
        var command = new Command(
            "record",
            "Records, as the operator role, that something was done which no check can look at, or which another tool did. `restore-drill` and `load` record "
                + "what they do by themselves. Records are not changed any more. Needs Operations:OperatorConnectionString. Exit codes: 0 recorded, 1 not, 2 wrong usage.") { kind, by, note, token, facts };
        command.SetAction(async (call, cancel) =>
        {
            var what = call.GetRequiredValue(kind);
            var told = RecordedFacts.Of(call.GetValue(by), call.GetValue(note), call.GetValue(facts)!);
            var missing = Required[what].Where(name => name == "token" ? call.GetValue(token) is null : !told.ContainsKey(name)).ToList();

            if (missing.Count > 0)
            {
                throw new UsageException($"{what} needs {string.Join(" and ", missing.Select(name => name is "by" or "token" ? $"--{name}" : $"--fact {name}=…"))}.");
            }

            var log = new EvidenceLog(configuration.RequireConnectionString("Operations:OperatorConnectionString"));

            if (what == EvidenceKind.AlertDelivery && await ConfirmAsync(log, call.GetValue(token)!, told, cancel) is { } fault)
            {
                await call.InvocationConfiguration.Error.WriteLineAsync(fault);
                return NotConfirmed;
            }

            await log.WriteAsync(what, told, cancel);
            await call.InvocationConfiguration.Output.WriteLineAsync($"{what} is recorded.");
            return 0;
        });
        return command;
    }

    // What is wrong with the token; null if it is the one that was sent.
    private static async Task<string?> ConfirmAsync(EvidenceLog log, string token, Dictionary<string, object> told, CancellationToken cancel)
    {
        if (await log.NewestAsync(EvidenceKind.AlertTest, cancel) is not var (test, age) || age > AlertToken.Lifetime)
        {
            return FormattableString.Invariant($"No alert was sent in the last {AlertToken.Lifetime.TotalHours:0} hours: `readiness alert-test` sends one.");
        }

        if (test.Fact("tokenHash") != AlertToken.Hash(token))
        {
            return FormattableString.Invariant($"That is not the token of the alert that was sent at {test.RecordedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, the last one.");
        }

        told["seconds"] = Math.Round(age.TotalSeconds);
        return null;
    }
}
