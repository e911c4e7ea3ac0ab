using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.Seq;

namespace Serilog;

/// <summary>Sends log events to Seq.</summary>
public static class SeqLoggerConfigurationExtensions
{
    /// <summary>
    /// Sends log events to Seq, in batches and in the background: writing an event never waits for Seq. What cannot be sent
    /// is tried again for 10 minutes; failures show in <see cref="Debugging.SelfLog"/> only. Disposing the logger
    /// takes at most 4 s: it sends what it can, and drops the rest.
    /// </summary>
    /// <param name="loggerSinkConfiguration">The logger's sinks.</param>
    /// <param name="serverUrl">Seq's address.</param>
    /// <param name="restrictedToMinimumLevel">The lowest level to send.</param>
    /// <param name="batchPostingLimit">The most events in one batch.</param>
    /// <param name="period">How long events gather before they are sent; 2 s if null.</param>
    /// <param name="apiKey">The API key.</param>
    /// <param name="eventBodyLimitBytes">The largest event, as JSON in UTF-8; null is no limit. In place of a larger one goes a sample.</param>
    /// <param name="controlLevelSwitch">Follows the level that Seq asks for; null lets the sink alone follow it.</param>
    /// <param name="messageHandler">Sends the requests, and is disposed with the logger; null is a handler of its own.</param>
    /// <param name="queueSizeLimit">The most events that wait to be sent; further ones are dropped.</param>
    /// <param name="formatProvider">Formats the values that a message asks to be formatted; null is the invariant culture.</param>
    /// <returns>The logger's configuration, to go on.</returns>
    /// <exception cref="ArgumentException">A limit is not above zero, or the address is not a URL.</exception>
    public static LoggerConfiguration Seq(
        this LoggerSinkConfiguration loggerSinkConfiguration,
        string serverUrl,
        LogEventLevel restrictedToMinimumLevel = LevelAlias.Minimum,
        int batchPostingLimit = 1000,
        TimeSpan? period = null,
        string? apiKey = null,
        long? eventBodyLimitBytes = 256 * 1024,
        LoggingLevelSwitch? controlLevelSwitch = null,
        HttpMessageHandler? messageHandler = null,
        int queueSizeLimit = 100_000,
        IFormatProvider? formatProvider = null)
    {
        ArgumentNullException.ThrowIfNull(loggerSinkConfiguration);
        ArgumentException.ThrowIfNullOrWhiteSpace(serverUrl);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchPostingLimit);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queueSizeLimit);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(period));
        if (!Uri.TryCreate(serverUrl.TrimEnd('/') + '/', UriKind.Absolute, out var address))
        {
            throw new ArgumentException($"'{serverUrl}' is not a URL: give Seq's address, such as https://seq.example.com.", nameof(serverUrl));
        }

        var sink = new SeqSink(
            new SeqClient(address, apiKey, messageHandler),
            new ClefFormatter(eventBodyLimitBytes, formatProvider),
            new ServerLevel(controlLevelSwitch),
            batchPostingLimit,
            queueSizeLimit,
            new RetrySchedule(period ?? TimeSpan.FromSeconds(2)));
        return loggerSinkConfiguration.Sink(sink, restrictedToMinimumLevel);
    }
}
