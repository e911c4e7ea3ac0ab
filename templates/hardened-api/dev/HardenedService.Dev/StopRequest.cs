using System.Runtime.InteropServices;

namespace HardenedService.Dev;

/// <summary>Is cancelled by Ctrl-C, SIGTERM, a closed terminal, and the end of the process that started us.</summary>
internal sealed class StopRequest : IDisposable
{
    private static readonly TimeSpan ParentInterval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly Timer? _parentWatch;

    public StopRequest()
    {
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
            .Select(signal => PosixSignalRegistration.Create(signal, Stop))];

        // A killed `dotnet run` cannot pass on that it died; we see that somebody else has become our parent.
        if (!OperatingSystem.IsWindows())
        {
            var parent = ParentId();
            _parentWatch = new Timer(_ => StopIfOrphaned(parent), state: null, ParentInterval, ParentInterval);
        }
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _parentWatch?.Dispose();
        Array.ForEach(_signals, signal => signal.Dispose());

        // The source stays: a last tick of the timer may still be on its way to it.
    }

    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ParentId();

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _ = _source.CancelAsync();
    }

    private void StopIfOrphaned(int parent)
    {
        if (ParentId() != parent)
        {
            _ = _source.CancelAsync();
        }
    }
}
