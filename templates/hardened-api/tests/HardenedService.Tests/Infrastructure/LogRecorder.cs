using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Infrastructure;

/// <summary>One event of the log, with the trace that it belongs to.</summary>
internal sealed record LogRecord(LogLevel Level, string Category, string Message, Exception? Exception, string? TraceId);

/// <summary>Keeps what a host logs.</summary>
internal sealed class LogRecorder : ILoggerProvider
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    public IReadOnlyCollection<LogRecord> Records => _records;

    /// <summary>What was logged at Warning or above about the request that got this trace id.</summary>
    public IEnumerable<LogRecord> Complaints(string traceId) =>
        _records.Where(record => record.Level >= LogLevel.Warning && record.TraceId == traceId);

    public ILogger CreateLogger(string categoryName) => new Recorder(categoryName, _records);

    public void Dispose()
    {
    }

    private sealed class Recorder(string category, ConcurrentQueue<LogRecord> records) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            records.Enqueue(new(logLevel, category, formatter(state, exception), exception, Activity.Current?.TraceId.ToHexString()));
    }
}
