using HardenedService.Operations.Readiness;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Recovery;

/// <summary>What a drill did, and what it did not, written down in the database in use, if there is one to be asked.</summary>
internal sealed class DrillRecord(IConfiguration configuration, TextWriter output)
{
    private const int LongestFault = 500;

    /// <summary>Its name; null before one was chosen.</summary>
    public string? Backup { get; set; }

    /// <summary>Of the database.</summary>
    public long? Bytes { get; set; }

    /// <summary>What would have been lost (RPO); null before that is known.</summary>
    public TimeSpan? Lost { get; set; }

    /// <summary>How long it took (RTO).</summary>
    public TimeSpan Took { get; set; }

    /// <summary>The API got ready on it.</summary>
    public bool ApiStarted { get; set; }

    /// <summary>The certificate opens the key ring that is in it.</summary>
    public bool KeysOpened { get; set; }

    /// <summary>Somebody who was in it signed in.</summary>
    public bool CanarySignedIn { get; set; }

    private string? Live => configuration["Operations:OperatorConnectionString"] is { Length: > 0 } ? configuration.RequireConnectionString("Operations:OperatorConnectionString") : null;

    /// <summary>It is sound.</summary>
    public async Task WriteSuccessAsync(CancellationToken cancel)
    {
        if (Live is not { } live)
        {
            await output.WriteLineAsync($"{Backup} is sound. Not noted: Operations:OperatorConnectionString is not set here, and whoever watches the age of restores sees none.");
            return;
        }

        await RecoveryNotes.WriteAsync(live, "restore", Bytes, Lost, Took, cancel);
        await WriteAsync(live, fault: "", cancel);
        await output.WriteLineAsync($"{Backup} is sound, and the restore is noted.");
    }

    /// <summary>It is not, or there is none. That this cannot be written down does not hide it.</summary>
    public async Task WriteFailureAsync(string fault, CancellationToken cancel)
    {
        if (Live is not { } live)
        {
            return;
        }

        try
        {
            await WriteAsync(live, fault, cancel);
        }
        catch (Exception exception) when (exception is NpgsqlException or InconclusiveException)
        {
            await output.WriteLineAsync($"Not noted that it failed: {exception.Message}");
        }
    }

    private Task WriteAsync(string live, string fault, CancellationToken cancel)
    {
        var line = string.Join(' ', fault.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        return new EvidenceLog(live).WriteAsync(
            EvidenceKind.RestoreDrill,
            new
            {
                Fault = line.Length > LongestFault ? $"{line[..LongestFault]}…" : line,
                Backup,
                Bytes,
                LostSeconds = Lost is { } lost ? Math.Round(lost.TotalSeconds) : (double?)null,
                TookSeconds = Math.Round(Took.TotalSeconds, 1),
                ApiStarted,
                KeysOpened,
                CanarySignedIn,
            },
            cancel);
    }
}
