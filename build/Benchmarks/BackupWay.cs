namespace HardenedStarter.Build.Benchmarks;

/// <summary>What a backup and its restore took: until it was there, until a server served what was restored, and until it was looked at from all sides.</summary>
internal sealed record BackupTimes(TimeSpan BackUp, TimeSpan Restore, TimeSpan? Check);

/// <summary>A way to make backups and to restore them.</summary>
internal interface IBackupWay
{
    /// <summary>What it is called.</summary>
    string Name { get; }

    /// <summary>Makes a backup of the whole cluster, file by file, and restores it.</summary>
    Task<BackupTimes> CopyAsync(string folder, CancellationToken cancel);

    /// <summary>Makes a backup of the database as statements, and loads it into a new cluster.</summary>
    Task<BackupTimes> DumpAsync(string folder, CancellationToken cancel);
}
