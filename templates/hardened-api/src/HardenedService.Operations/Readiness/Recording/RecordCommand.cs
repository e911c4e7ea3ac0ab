using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Readiness.Recording;

/// <summary>The verb <c>readiness record</c>.</summary>
internal static class RecordCommand
{
    private const int NotConfirmed = 1;

    public static Command Create(IConfiguration configuration)
    {
        var kind = new Argument<string>("kind") { Description = "What was done." };
        kind.AcceptOnlyFromAmong([.. NeededFacts.Kinds]);
        var by = new Option<string>("--by") { Description = "Who did it, or which tool: it stands in the report.", Required = true, HelpName = "name" };
        var note = new Option<string?>("--note") { Description = "Anything else, in a sentence." };
        var token = new Option<string?>("--token") { Description = "alert_delivery: what stood in the alert that `readiness alert-test` sent." };
        var facts = new Option<string[]>("--fact")
        {
            Description = $"What came of it, such as tookSeconds=840: a number, true, false, or a text. {NeededFacts.Summary}",
            HelpName = "name=value",
            DefaultValueFactory = _ => [],
        };
        var command = new Command(
            "record",
            "Records, as the operator role, that something was done which no check can look at, or which another tool did. `restore-drill` and `load` record "
                + "what they do by themselves. The report says of it that it was told, and by whom. Records are not changed any more. Needs Operations:OperatorConnectionString. Exit codes: 0 recorded, 1 not, 2 wrong usage.") { kind, by, note, token, facts };
        command.SetAction(async (call, cancel) =>
        {
            var what = call.GetRequiredValue(kind);
            var told = RecordedFacts.Of(what, call.GetRequiredValue(by), call.GetValue(note), call.GetValue(facts)!);

            if (what == EvidenceKind.AlertDelivery && call.GetValue(token) is null)
            {
                throw new UsageException($"{what} needs --token.");
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
