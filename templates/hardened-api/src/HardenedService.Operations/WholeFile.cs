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

            if (IsStraight(file))
            {
                // Who reads a pipe would take its being opened and closed for the end.
                if (file.IsReadOnly)
                {
                    throw new UsageException($"{file} cannot be written: it is read-only.");
                }

                return;
            }

            File.Create(Beside(file), bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Whether there is something in it that can be kept: a device or a pipe has nothing, nor has a file that is empty or not there.</summary>
    public static bool HasContent(FileInfo file) => Target(file) is { Exists: true, Length: > 0 };

    /// <summary>The file itself, behind whatever links lead to it.</summary>
    public static FileInfo Target(FileInfo file) =>
        new((new FileInfo(file.FullName) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true) : null)?.FullName ?? file.FullName);

    /// <summary>Writes it beside, and renames it; straight to what is there and has no content. Nothing if nobody asked for it.</summary>
    public static async Task WriteAsync(FileInfo? file, string text, CancellationToken cancel)
    {
        if (file is null)
        {
            return;
        }

        // A device is never replaced.
        if (IsStraight(file))
        {
            await File.WriteAllTextAsync(file.FullName, text, cancel);
            return;
        }

        var beside = Beside(file);

        try
        {
            await File.WriteAllTextAsync(beside, text, cancel);
            File.Move(beside, Target(file).FullName, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static bool IsStraight(FileInfo file) => File.Exists(file.FullName) && !HasContent(file);

    private static string Beside(FileInfo file) => $"{Target(file).FullName}.{Environment.ProcessId}.tmp";
}
