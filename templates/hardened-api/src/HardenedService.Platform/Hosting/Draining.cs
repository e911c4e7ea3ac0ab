using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Hosting;

/// <summary>How the service leaves. Section <c>Shutdown</c>.</summary>
public sealed record ShutdownOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shutdown";

    /// <summary>How long to go on accepting requests after SIGTERM, while not ready, until load balancers have noticed. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long requests and background work may take to finish after the drain delay. Default: 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>Turns readiness off on SIGTERM and holds the listeners open for the drain delay.</summary>
internal sealed partial class Draining(IOptions<ShutdownOptions> options, ILogger<Draining> logger) : IHostedLifecycleService
{
    public bool HasBegun { get; private set; }

    // The host calls this before any hosted service, Kestrel among them, is stopped.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        LogDraining(options.Value.DrainDelay);
        await Task.Delay(options.Value.DrainDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 1001, EventName = "Draining", Level = LogLevel.Information, Message = "Draining for {Delay} before shutdown")]
    private partial void LogDraining(TimeSpan delay);
}

internal static class DrainingExtensions
{
    /// <summary>
    /// Whoever is answered while the service drains is told not to use the connection again: a request that comes just as it is closed
    /// would be lost, and no load balancer repeats a POST.
    /// </summary>
    public static void UseDraining(this WebApplication app)
    {
        var draining = app.Services.GetRequiredService<Draining>();

        app.Use((context, next) =>
        {
            if (draining.HasBegun)
            {
                context.Response.Headers.Connection = "close";
            }

            return next(context);
        });
    }

    public static void AddDraining(this WebApplicationBuilder builder)
    {
        builder.AddOptions<ShutdownOptions>(ShutdownOptions.Section);
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>(
            (host, shutdown) => host.ShutdownTimeout = shutdown.Value.DrainDelay + shutdown.Value.Timeout);
        builder.Services.AddSingleton<Draining>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Draining>());
    }
}
