using System.Diagnostics;

namespace HardenedService.Operations.Recovery;

/// <summary>A file that one process at a time holds, and that is let go of whichever way it ends.</summary>
internal static class HeldFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Takes it, and makes its directory if there is none. Whoever holds it is waited for, half a minute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refusal">What to say when somebody else keeps it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">Somebody else keeps it; or it cannot be written.</exception>
    public static async Task<FileStream> TakeAsync(string path, string refusal, CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);

                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (File.Exists(path))
            {
                if (watch.Elapsed > Patience)
                {
                    throw new RecoveryException(refusal, exception);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), cancel);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new RecoveryException($"{Path.GetDirectoryName(path)} cannot be written to: {exception.Message}", exception);
            }
        }
    }
}
