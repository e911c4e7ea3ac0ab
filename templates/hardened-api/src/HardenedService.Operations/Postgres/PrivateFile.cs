namespace HardenedService.Operations.Postgres;

/// <summary>A file that nobody but its owner can read.</summary>
internal static class PrivateFile
{
    /// <summary>Writes the file as a whole: whoever reads it finds the old content or the new.</summary>
    public static void Write(string path, string content)
    {
        using (var writer = Create(path + ".new"))
        {
            writer.Write(content);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Writes a file that is not there yet.</summary>
    public static void Copy(Stream content, string path)
    {
        using var file = new FileStream(path, NewFile);
        content.CopyTo(file, 1 << 20);
    }

    /// <summary>How such a file is opened that is not there yet.</summary>
    public static FileStreamOptions NewFile
    {
        get
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };

            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return options;
        }
    }

    /// <summary>Makes the file, in place of the one that may be there, whose owner and permissions would stay.</summary>
    public static StreamWriter Create(string path)
    {
        File.Delete(path);
        return new StreamWriter(path, NewFile) { AutoFlush = true };
    }
}
