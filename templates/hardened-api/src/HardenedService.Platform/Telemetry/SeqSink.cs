using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace HardenedService.Platform.Telemetry;

/// <summary>Stands before Seq's own sink, whose queue is bounded in number alone and drops in silence.</summary>
internal sealed class SeqSink : ILogEventSink, IDisposable
{
    /// <summary>The most events that wait.</summary>
    internal const int MaxCount = 10_000;

    /// <summary>The most that waits, in bytes, by estimate.</summary>
    internal const long MaxSize = 32 * 1024 * 1024;

    private const int Batch = 1000;

    private readonly LoggingLevelSwitch _level = new(LevelAlias.Minimum);
    private readonly TelemetryShutdown _shutdown;
    private readonly Backlog _backlog;
    private readonly Logger _seq;

    public SeqSink(SeqOptions options, TelemetryDrops drops, TelemetryShutdown shutdown, TimeProvider clock)
    {
        _shutdown = shutdown;
        _backlog = new Backlog(count => drops.Dropped(TelemetryDrops.Seq, TelemetryDrops.Logs, count), clock, MaxCount, Batch, MaxSize);

        // Its queue is the longer one: what is dropped is dropped here.
        _seq = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Seq(
                options.Url!.ToString(),
                apiKey: options.ApiKey,
                batchPostingLimit: Batch,
                queueSizeLimit: MaxCount + Batch,
                controlLevelSwitch: _level,
                messageHandler: new SeqDelivery(_backlog, shutdown),
                formatProvider: CultureInfo.InvariantCulture)
            .CreateLogger();
    }

    public void Emit(LogEvent logEvent)
    {
        // Seq may ask for less by the API key.
        if (logEvent.Level >= _level.MinimumLevel && _backlog.TryEnter(LogEventSize.Of(logEvent)))
        {
            _seq.Write(logEvent);
        }
    }

    public void Dispose()
    {
        _shutdown.Begin();
        _seq.Dispose();
        _backlog.Close();
    }
}
