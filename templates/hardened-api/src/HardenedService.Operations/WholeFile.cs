namespace HardenedService.Operations;

/// <summary>A file that somebody asked for: that it can be written is looked at first, and it is there as a whole or as it was before.</summary>
internal static class WholeFile
{
    /// <summary>Looks whether it can be written, before the work of which it shall tell.</summary>
    /// <exception cref="UsageException">There is no such folder, it is a folder itself, or nobody may write there.</exception>
    public static void Demand(FileInfo? file)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            if (Directory.Exists(file.FullName))
            {
                throw new UsageException($"{file} is a folder: name a file.");
            }

            File.Create(Beside(file), bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Writes it beside, and renames it; nothing if nobody asked for it.</summary>
    public static async Task WriteAsync(FileInfo? file, string text, CancellationToken cancel)
    {
        if (file is null)
        {
            return;
        }

        var beside = Beside(file);

        try
        {
            await File.WriteAllTextAsync(beside, text, cancel);
            File.Move(beside, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static string Beside(FileInfo file) => $"{file.FullName}.{Environment.ProcessId}.tmp";
}
