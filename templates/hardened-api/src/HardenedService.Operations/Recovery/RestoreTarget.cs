using HardenedService.Operations.Postgres;

namespace HardenedService.Operations.Recovery;

/// <summary>The directory that a backup is restored to.</summary>
internal static class RestoreTarget
{
    private const string Prefix = "drill-";

    // What a cluster needs while it is looked at, beside its data.
    private static readonly string[] Passing = ["wal", "s", "secrets"];

    /// <summary>A new one for a drill.</summary>
    public static string New() => Path.Combine(Path.GetTempPath(), $"{Prefix}{Guid.NewGuid():N}"[..14]);

    /// <summary>Deletes those of drills that were killed: a database in the clear, which nobody holds any more.</summary>
    public static void RemoveLeft()
    {
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*").Where(left => File.Exists(Path.Combine(left, ClusterDirectory.LockName))))
        {
            try
            {
                using (new FileStream(Path.Combine(left, ClusterDirectory.LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    // Nobody has it.
                }

                Directory.Delete(left, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is in use, or another user's.
            }
        }
    }

    /// <summary>Leaves of a cluster that is kept its data and its log, and of another one nothing: the directory only if it was there before.</summary>
    public static void Clean(string directory, bool isKept, bool isOld)
    {
        if (!isKept && !isOld)
        {
            Directory.Delete(directory, recursive: true);
            return;
        }

        foreach (var left in Directory.EnumerateDirectories(directory).Where(left => !isKept || Passing.Contains(Path.GetFileName(left))))
        {
            Directory.Delete(left, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(directory, isKept ? "restored*.conf" : "*"))
        {
            File.Delete(file);
        }
    }
}
