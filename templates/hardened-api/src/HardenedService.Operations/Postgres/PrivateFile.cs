namespace HardenedService.Operations.Postgres;

/// <summary>A file that nobody but its owner can read.</summary>
internal static class PrivateFile
{
    /// <summary>Makes the file, in place of the one that may be there, whose owner and permissions would stay.</summary>
    public static StreamWriter Create(string path)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new StreamWriter(path, options) { AutoFlush = true };
    }
}
