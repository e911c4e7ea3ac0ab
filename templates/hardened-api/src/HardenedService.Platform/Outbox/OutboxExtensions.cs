using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HardenedService.Platform.Outbox;

/// <summary>The outbox's place in the application.</summary>
public static class OutboxExtensions
{
    /// <summary>Messages of a kind are a change of our own: each is worked on in a scope and a transaction, as a request is.</summary>
    /// <typeparam name="TPayload">The message.</typeparam>
    /// <typeparam name="TTask">What works on it; gets its services by its constructor.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="kind">The kind of message, at most 64 characters.</param>
    /// <param name="handling">How messages of this kind are delivered, where it differs from the settings.</param>
    public static void AddOutboxTask<TPayload, TTask>(this WebApplicationBuilder builder, string kind, OutboxHandling? handling = null)
        where TTask : class, IOutboxTask<TPayload>
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddScoped<TTask>();
        builder.Services.AddOutboxHandler(
            services => new OutboxTaskHandler<TPayload, TTask>(kind, services.GetRequiredService<IServiceScopeFactory>()), handling);
    }

    /// <summary>
    /// Messages of a kind go to another system: no transaction is open while that is called. A slow one states here how many calls are made at
    /// once, and how long one may take; it holds up no other kind.
    /// </summary>
    /// <typeparam name="THandler">What delivers them, a singleton; gets its services by its constructor.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="handling">How messages of this kind are delivered, where it differs from the settings.</param>
    public static void AddOutboxHandler<THandler>(this WebApplicationBuilder builder, OutboxHandling? handling = null)
        where THandler : class, IOutboxHandler
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<THandler>();
        builder.Services.AddOutboxHandler(services => services.GetRequiredService<THandler>(), handling);
    }

    internal static void AddOutboxHandler(
        this IServiceCollection services, Func<IServiceProvider, IOutboxHandler> handler, OutboxHandling? handling = null) =>
        services.AddSingleton(provider => new OutboxRegistration(handler(provider), handling ?? new()));

    internal static void AddOutbox(this WebApplicationBuilder builder)
    {
        builder.AddOptions<OutboxOptions>(OutboxOptions.Section);
        builder.Services.AddScoped(services => new Outbox(
            services.GetRequiredService<NpgsqlConnection>(),
            services.GetRequiredService<UnitOfWork>(),
            services.GetRequiredService<IDataProtectionProvider>(),
            services.GetRequiredService<OutboxSignal>(),
            services.GetRequiredService<IOptions<OutboxOptions>>().Value));
        builder.Services.AddSingleton<OutboxQueue>();
        builder.Services.AddSingleton<OutboxSignal>();
        builder.Services.AddSingleton<OutboxMetrics>();
        builder.Services.AddWorker<OutboxWorker>();
        builder.Services.AddWorker<OutboxMonitor>();
        builder.AddSweep(services => Sweep.Ended(
            "outbox_messages",
            "platform.outbox_messages",
            "delivered_at",
            services.GetRequiredService<IOptions<OutboxOptions>>().Value.KeepDelivered));
    }
}
