using System.Diagnostics;
using System.Text.RegularExpressions;
using HardenedService.Operations.Postgres;

namespace HardenedService.Operations.Recovery;

/// <summary>The directory that a backup is restored to.</summary>
internal static partial class RestoreTarget
{
    // What a cluster needs while it is looked at, beside its data.
    private static readonly string[] Passing = ["wal", "s", "secrets"];

    /// <summary>A new one for a drill.</summary>
    public static string New(string? root = null) => Path.Combine(root ?? Path.GetTempPath(), $"drill-{Guid.NewGuid():N}"[..14]);

    /// <summary>
    /// Deletes those of drills that were killed: a database in the clear, which nobody holds any more. Everybody may write where they lie: what has
    /// another name, another owner, or leads elsewhere is left alone.
    /// </summary>
    public static void RemoveLeft(string? root = null)
    {
        foreach (var left in Directory.EnumerateDirectories(root ?? Path.GetTempPath()).Where(IsOurs))
        {
            try
            {
                // Held until all is gone.
                using var held = new FileStream(Path.Combine(left, ClusterDirectory.LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Directory.Delete(left, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is in use, or was never taken.
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

    private static bool IsOurs(string left) => Drill().IsMatch(Path.GetFileName(left)) && new DirectoryInfo(left).LinkTarget is null && IsOwned(left);

    private static bool IsOwned(string left)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        using var test = Process.Start("test", ["-O", left]);
        test.WaitForExit();

        return test.ExitCode == 0;
    }

    [GeneratedRegex("^drill-[0-9a-f]{8}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Drill();
}
