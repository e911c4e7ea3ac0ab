using System.CommandLine;
using HardenedService.Operations.Readiness;
using HardenedService.Operations.Readiness.Checks;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Auditing;

/// <summary>The verb <c>audit verify</c>.</summary>
internal static class AuditCommand
{
    private const int Unsound = 1;

    public static Command Create(IConfiguration configuration) => new(
        "audit", "Looks after the audit trail, as the operator role: needs Operations:OperatorConnectionString.")
    {
        Verify(configuration),
    };

    private static Command Verify(IConfiguration configuration)
    {
        var head = new Option<string?>("--head")
        {
            Description = "A head that was published earlier. The API logs them as event 1701, \"The head of the audit trail is …\": take one from where "
                + "the logs are kept, not from the database. Without one, nobody can tell that the end of the chain was cut off, or all of it made anew.",
            HelpName = "sequence:hash",
        };
        head.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && ChainHead.Parse(value) is null)
            {
                result.AddError($"'{value}' is not a head: it looks like 1024:9f86d081…, with 64 hexadecimal digits.");
            }
        });
        var command = new Command(
            "verify", "Walks the chain and compares every record with its seal. Exit codes: 0 sound, 1 not sound, or it could not be looked at.") { head };
        command.SetAction(async (call, cancel) =>
        {
            var output = call.InvocationConfiguration.Output;
            var connectionString = configuration.RequireConnectionString("Operations:OperatorConnectionString");
            var verification = new AuditVerification(connectionString, output);
            var published = call.GetValue(head) is { } value ? ChainHead.Parse(value) : null;

            if (!await verification.RunAsync(published, cancel))
            {
                return Unsound;
            }

            await RecordAsync(new EvidenceLog(connectionString), verification.Reached, call.InvocationConfiguration.Error, cancel);

            return 0;
        });
        return command;
    }

    /// <summary>Records how far a long trail is sound: from there <c>readiness</c> walks on. What was found holds, whether it can be recorded or not.</summary>
    internal static async Task RecordAsync(EvidenceLog log, ChainHead head, TextWriter error, CancellationToken cancel)
    {
        if (head.Sequence <= AuditChainIntact.ShortEnough)
        {
            return;
        }

        try
        {
            await log.WriteAsync(EvidenceKind.AuditWalk, new { head = $"{head}" }, cancel);
        }
        catch (Exception exception) when (exception is NpgsqlException or InconclusiveException)
        {
            await error.WriteLineAsync($"It could not be recorded for `readiness`: {exception.Message}");
        }
    }
}
