namespace HardenedService.Dev;

/// <summary>Where the solution lies.</summary>
internal static class SolutionFolder
{
    /// <summary>
    /// A path within it. It is sought upwards from this program, then from the working directory: both lie inside it, wherever the program is started.
    /// </summary>
    public static string Of(string path)
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, "HardenedService.sln")))
                {
                    return Path.Combine(directory.FullName, path);
                }
            }
        }

        return path;
    }
}
