using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HardenedService.Tests.Compat;

public sealed class OpenTelemetryHostingTests
{
    [Fact]
    public async Task The_host_starts_tracing_and_the_container_ends_it()
    {
        using var source = new ActivitySource(nameof(The_host_starts_tracing_and_the_container_ends_it));
        using var exporter = new Exporter<Activity>(activity => activity.OperationName);
        var host = Host(telemetry => telemetry.WithTracing(tracing => tracing
            .AddSource(source.Name)
            .AddProcessor(new BatchActivityExportProcessor(exporter))));
        Assert.False(source.HasListeners());

        await host.StartAsync(TestContext.Current.CancellationToken);
        source.StartActivity("upload")?.Dispose();
        await host.StopAsync(TestContext.Current.CancellationToken);
        host.Dispose();

        Assert.Equal(["upload"], exporter.Exported);
        Assert.Equal("orders", exporter.Service);
        Assert.True(exporter.Ended);
        Assert.False(source.HasListeners());
    }

    [Fact]
    public async Task The_host_starts_metrics_and_the_container_flushes_them()
    {
        using var meter = new Meter(nameof(The_host_starts_metrics_and_the_container_flushes_them));
        var uploads = meter.CreateCounter<int>("uploads");
        using var exporter = new Exporter<Metric>(metric => metric.Name);
        var host = Host(telemetry => telemetry.WithMetrics(metrics => metrics
            .AddMeter(meter.Name)
            .AddReader(new PeriodicExportingMetricReader(exporter, exportIntervalMilliseconds: int.MaxValue))));
        Assert.False(uploads.Enabled);

        await host.StartAsync(TestContext.Current.CancellationToken);
        uploads.Add(1);
        host.Dispose();

        Assert.Equal(["uploads"], exporter.Exported);
        Assert.Equal("orders", exporter.Service);
        Assert.True(exporter.Ended);
    }

    [Fact]
    public async Task The_host_starts_logs_and_the_container_flushes_them()
    {
        using var exporter = new Exporter<LogRecord>(record => record.FormattedMessage ?? "");
        var host = Host(telemetry => telemetry.WithLogging(
            logging => logging.AddProcessor(new BatchLogRecordExportProcessor(exporter)),
            options => options.IncludeFormattedMessage = true));

        await host.StartAsync(TestContext.Current.CancellationToken);
        Uploaded(host.Services.GetRequiredService<ILogger<OpenTelemetryHostingTests>>(), 3, null);
        host.Dispose();

        Assert.Equal(["3 files uploaded"], exporter.Exported.Where(message => message.EndsWith("uploaded", StringComparison.Ordinal)));
        Assert.Equal("orders", exporter.Service);
        Assert.True(exporter.Ended);
    }

    [Fact]
    public void Telemetry_starts_once_and_before_every_other_hosted_service()
    {
        var services = new ServiceCollection().AddSingleton("first").AddHostedService<Idle>();

        services.AddOpenTelemetry().WithTracing();
        services.AddOpenTelemetry().WithMetrics();

        Assert.Equal(typeof(IHostedService), services[0].ServiceType);
        Assert.Equal("TelemetryHostedService", services[0].ImplementationType?.Name);
        Assert.Equal(2, services.Count(service => service.ServiceType == typeof(IHostedService)));
    }

    [Fact]
    public async Task What_is_not_asked_for_is_not_made()
    {
        using var host = Host(_ => { });

        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Null(host.Services.GetService<TracerProvider>());
        Assert.Null(host.Services.GetService<MeterProvider>());
        Assert.Null(host.Services.GetService<LoggerProvider>());
    }

    private static IHost Host(Action<OpenTelemetryBuilder> configure)
    {
        var builder = new HostApplicationBuilder();
        builder.Logging.ClearProviders();
        configure(builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("orders")));
        return builder.Build();
    }

    private static readonly Action<ILogger, int, Exception?> Uploaded =
        LoggerMessage.Define<int>(LogLevel.Information, default, "{Count} files uploaded");

    private sealed class Exporter<T>(Func<T, string> name) : BaseExporter<T>
        where T : class
    {
        public ConcurrentQueue<string> Exported { get; } = [];

        public string? Service { get; private set; }

        public bool Ended { get; private set; }

        public override ExportResult Export(in Batch<T> batch)
        {
            Service = ParentProvider.GetResource().Attributes.Single(attribute => string.Equals(attribute.Key, "service.name", StringComparison.Ordinal)).Value as string;
            foreach (var item in batch)
            {
                Exported.Enqueue(name(item));
            }

            return ExportResult.Success;
        }

        protected override bool OnShutdown(int timeoutMilliseconds) => Ended = true;
    }

    private sealed class Idle : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
