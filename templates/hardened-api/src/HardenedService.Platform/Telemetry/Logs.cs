using System.Globalization;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace HardenedService.Platform.Telemetry;

/// <summary>Logs go by Serilog to standard output, and to Seq where there is one. <c>Logging:LogLevel</c> decides what is logged.</summary>
internal static class Logs
{
    private const string Readable = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}  [{SourceContext}] {TraceId}";
    private const string BeforeException = "    ";

    public static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SeqOptions>(SeqOptions.Section);
        builder.AddSharedOptions<LoggingOptions>(LoggingOptions.Section);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, LogFloors>();
        builder.AddLevelFile();

        // Not AddSerilog, whose own filter rule outranks Logging:LogLevel. As a factory, so that the container disposes, hence flushes, it.
        builder.Services.AddSingleton<ILoggerProvider>(
            services => new SerilogLoggerProvider(Build(services), dispose: true));
    }

    private static void AddLevelFile(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[$"{LoggingOptions.Section}:{nameof(LoggingOptions.LevelFile)}"] is { Length: > 0 } path)
        {
            var file = new LogLevelFile(path);
            ((IConfigurationBuilder)builder.Configuration).Add(file);
            builder.Services.AddSingleton(file);
            builder.Services.AddWorker<LogLevelWatch>();
        }
    }

    private static Logger Build(IServiceProvider services)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Enrich.FromLogContext()
            .Enrich.With<WithoutRequestScope>()
            .WriteTo.Sink(ActivatorUtilities.CreateInstance<ConsoleSink>(services, Format(ValueOf<LoggingOptions>(services))));

        if (ValueOf<SeqOptions>(services) is { Url: not null } seq)
        {
            configuration.WriteTo.Sink(ActivatorUtilities.CreateInstance<SeqSink>(services, seq));
        }

        return configuration.CreateLogger();
    }

    /// <summary>One JSON object a line for machines; a person at a terminal gets something to read.</summary>
    internal static ITextFormatter Format(LoggingOptions logging) =>
        logging.Readable ?? !Console.IsOutputRedirected
            ? new OneLineFormatter(new MessageTemplateTextFormatter(Readable, CultureInfo.InvariantCulture), BeforeException)
            : new OneLineFormatter(new JsonFormatter(closingDelimiter: "", renderMessage: true));

    private static TOptions ValueOf<TOptions>(IServiceProvider services)
        where TOptions : class =>
        services.GetRequiredService<IOptions<TOptions>>().Value;

    /// <summary>Takes away what the framework adds to every event of a request: its path, in which a client can put anything.</summary>
    private sealed class WithoutRequestScope : ILogEventEnricher
    {
        private static readonly string[] Names = ["RequestPath", "RequestId", "ConnectionId"];

        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
        {
            foreach (var name in Names)
            {
                logEvent.RemovePropertyIfPresent(name);
            }
        }
    }
}
