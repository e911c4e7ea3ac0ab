using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Writes events to a stream on a thread of its own, so that standard output which nobody reads, or whose disk is full, stops the log and
/// not the service. What finds no room meanwhile, and what cannot be written, is dropped and counted.
/// </summary>
internal sealed class ConsoleSink : ILogEventSink, IDisposable
{
    /// <summary>The most events that wait.</summary>
    internal const int MaxCount = 10_000;

    /// <summary>The most that waits, in bytes.</summary>
    internal const long MaxSize = 16 * 1024 * 1024;

    private static readonly TimeSpan CrashLimit = TimeSpan.FromSeconds(1);

    private readonly ITextFormatter _formatter;
    private readonly Func<Stream> _open;
    private readonly TelemetryDrops _drops;
    private readonly TelemetryShutdown _shutdown;
    private readonly BlockingCollection<byte[]> _lines = new(MaxCount);
    private readonly Thread _writer;
    private long _size;

    public ConsoleSink(ITextFormatter formatter, TelemetryDrops drops, TelemetryShutdown shutdown)
        : this(formatter, Console.OpenStandardOutput, drops, shutdown)
    {
    }

    internal ConsoleSink(ITextFormatter formatter, Func<Stream> open, TelemetryDrops drops, TelemetryShutdown shutdown)
    {
        (_formatter, _open, _drops, _shutdown) = (formatter, open, drops, shutdown);

        // Not of the pool, and no reason to keep the process: it may hang in a write for good.
        _writer = new Thread(Write) { IsBackground = true, Name = "Console log" };
        _writer.UnsafeStart();
        AppDomain.CurrentDomain.UnhandledException += OnCrash;
    }

    public void Emit(LogEvent logEvent)
    {
        using var text = new StringWriter(new StringBuilder(512), CultureInfo.InvariantCulture);
        _formatter.Format(logEvent, text);
        var line = Encoding.UTF8.GetBytes(text.ToString());

        if (!TryAdd(line))
        {
            Drop(1);
        }
    }

    public void Dispose()
    {
        if (!_lines.IsAddingCompleted)
        {
            End(_shutdown.Left);
        }
    }

    private bool TryAdd(byte[] line)
    {
        try
        {
            if (Interlocked.Add(ref _size, line.Length) <= MaxSize && _lines.TryAdd(line))
            {
                return true;
            }
        }
        catch (InvalidOperationException)
        {
            // Disposed.
        }

        Interlocked.Add(ref _size, -line.Length);

        return false;
    }

    private void OnCrash(object? sender, UnhandledExceptionEventArgs crash) => End(CrashLimit);

    private void End(TimeSpan limit)
    {
        AppDomain.CurrentDomain.UnhandledException -= OnCrash;
        _lines.CompleteAdding();

        if (!_writer.Join(limit))
        {
            Drop(_lines.Count);
        }
    }

    private void Write()
    {
        using var stream = _open();

        foreach (var line in _lines.GetConsumingEnumerable())
        {
            try
            {
                stream.Write(line);
            }
            catch (IOException)
            {
                Drop(1);
            }

            // It takes up memory for as long as it is being written.
            Interlocked.Add(ref _size, -line.Length);
        }
    }

    private void Drop(int count) => _drops.Dropped(TelemetryDrops.Console, TelemetryDrops.Logs, count);
}
