using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// Writes events to a stream on a thread of its own, so that standard output which nobody reads, or whose disk is full, stops the log and
/// not the service. What finds no room meanwhile, and what cannot be written, is dropped and counted. An event is written at once if the last
/// one was long ago; of a flood, many are written together, for each write wakes whoever reads.
/// </summary>
internal sealed class ConsoleSink : ILogEventSink, IDisposable
{
    /// <summary>The most events that wait.</summary>
    internal const int MaxCount = 10_000;

    /// <summary>The most that waits, in bytes.</summary>
    internal const long MaxSize = 16 * 1024 * 1024;

    private const int WriteSize = 64 * 1024;

    private static readonly TimeSpan CrashLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    // What most of the work would go into is making room anew for each event.
    [ThreadStatic]
    private static StringWriter? _text;

    private readonly ITextFormatter _formatter;
    private readonly Func<Stream> _open;
    private readonly TelemetryDrops _drops;
    private readonly TelemetryShutdown _shutdown;
    private readonly BlockingCollection<byte[]> _lines = new(MaxCount);
    private readonly Thread _writer;
    private long _size;
    private volatile int _writing;

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
        var line = Encoding.UTF8.GetBytes(Text(logEvent));

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

    private string Text(LogEvent logEvent)
    {
        var text = _text ??= new StringWriter(new StringBuilder(1024), CultureInfo.InvariantCulture);
        _formatter.Format(logEvent, text);
        var line = text.ToString();
        _text = line.Length <= WriteSize ? text : null;
        text.GetStringBuilder().Clear();

        return line;
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
            Drop(_lines.Count + _writing);
        }
    }

    private void Write()
    {
        using var stream = _open();
        using var batch = new MemoryStream(WriteSize);

        foreach (var first in _lines.GetConsumingEnumerable())
        {
            batch.Write(first);
            _writing = 1;

            for (; batch.Length < WriteSize && _lines.TryTake(out var next); _writing++)
            {
                batch.Write(next);
            }

            try
            {
                stream.Write(batch.GetBuffer(), 0, (int)batch.Length);
            }
            catch (IOException)
            {
                Drop(_writing);
            }

            // It takes up memory for as long as it is being written.
            Interlocked.Add(ref _size, -batch.Length);
            _writing = 0;

            if (batch.Length < WriteSize)
            {
                Thread.Sleep(Pace);
            }

            batch.SetLength(0);
        }
    }

    private void Drop(int count) => _drops.Dropped(TelemetryDrops.Console, TelemetryDrops.Logs, count);
}
