using System.Diagnostics;

namespace HardenedService.Operations.Recovery;

/// <summary>A file that one process at a time holds, and that is let go of whichever way it ends.</summary>
internal static class HeldFile
{
    /// <summary>How long whoever holds a file is waited for where nothing else is said: half a minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What .NET makes of flock's EWOULDBLOCK (macOS has another number for it), and of ERROR_SHARING_VIOLATION. Any other failure does not pass by waiting.
    private static readonly int Held = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11;

    /// <inheritdoc cref="TakeAsync(string, string, TimeSpan, CancellationToken)"/>
    public static Task<FileStream> TakeAsync(string path, string refusal, CancellationToken cancel) => TakeAsync(path, refusal, Patience, cancel);

    /// <summary>Takes it, and makes its directory if there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refusal">What to say when somebody else keeps it.</param>
    /// <param name="patience">How long to wait for whoever holds it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RecoveryException">Somebody else keeps it; or it cannot be written.</exception>
    public static async Task<FileStream> TakeAsync(string path, string refusal, TimeSpan patience, CancellationToken cancel)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);

                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception.HResult == Held)
            {
                if (watch.Elapsed > patience)
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
