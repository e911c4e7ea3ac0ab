using System.Globalization;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serilog;
using Serilog.Core;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace HardenedService.Platform.Telemetry;

/// <summary>Logs go by Serilog to standard output, and to Seq where there is one. <c>Logging:LogLevel</c> decides what is logged.</summary>
internal static class Logs
{
    private const string Readable = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}  [{SourceContext}]{NewLine}{Exception}";

    public static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SeqOptions>(SeqOptions.Section);
        builder.AddSharedOptions<LoggingOptions>(LoggingOptions.Section);
        builder.Logging.ClearProviders();

        // Not AddSerilog, whose own filter rule outranks Logging:LogLevel. As a factory, so that the container disposes, hence flushes, it.
        builder.Services.AddSingleton<ILoggerProvider>(
            services => new SerilogLoggerProvider(Build(services), dispose: true));
    }

    private static Logger Build(IServiceProvider services)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Enrich.FromLogContext()
            .WriteTo.Sink(ActivatorUtilities.CreateInstance<ConsoleSink>(services, Format(ValueOf<LoggingOptions>(services))));

        if (ValueOf<SeqOptions>(services) is { Url: not null } seq)
        {
            configuration.WriteTo.Sink(ActivatorUtilities.CreateInstance<SeqSink>(services, seq));
        }

        return configuration.CreateLogger();
    }

    // One JSON object a line for machines; a person at a terminal gets something to read.
    private static ITextFormatter Format(LoggingOptions logging) =>
        logging.Readable ?? !Console.IsOutputRedirected
            ? new MessageTemplateTextFormatter(Readable, CultureInfo.InvariantCulture)
            : new JsonFormatter(renderMessage: true);

    private static TOptions ValueOf<TOptions>(IServiceProvider services)
        where TOptions : class =>
        services.GetRequiredService<IOptions<TOptions>>().Value;
}
