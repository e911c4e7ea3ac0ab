using System.Globalization;
using HardenedService.Operations.Postgres;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Recovery;

/// <summary>The settings of backups.</summary>
internal static class RecoverySettings
{
    private const int DefaultKeep = 7;

    /// <summary>The key of Backup:KeyFile; null if none is named.</summary>
    public static BackupKey? BackupKey(this IConfiguration configuration) =>
        string.IsNullOrEmpty(configuration["Backup:KeyFile"]) ? null : Recovery.BackupKey.Read(configuration.Require("Backup:KeyFile"));

    /// <summary>How many backups of each kind are kept at least, and how old the others may grow.</summary>
    public static (int Keep, TimeSpan? KeepFor) Retention(this IConfiguration configuration)
    {
        var keep = configuration["Backup:Keep"] switch
        {
            null or "" => DefaultKeep,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
            _ => throw new UsageException("Backup:Keep is a number from 1 on: the last good backup is never deleted."),
        };
        TimeSpan? keepFor = configuration["Backup:KeepFor"] switch
        {
            null or "" => null,
            var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var age) && age > TimeSpan.Zero => age,
            _ => throw new UsageException("Backup:KeepFor is a time such as 35.00:00:00, which is 35 days."),
        };

        return (keep, keepFor);
    }

    /// <summary>PostgreSQL's programs: those in a directory, or those that are found.</summary>
    public static PostgresBinaries Postgres(string? directory) => PostgresBinaries.Find(directory);
}
