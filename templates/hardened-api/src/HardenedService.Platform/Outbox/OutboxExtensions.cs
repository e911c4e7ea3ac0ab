using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbox;

/// <summary>The outbox's place in the application.</summary>
public static class OutboxExtensions
{
    /// <summary>Messages of a kind are a change of our own: each is worked on in a scope and a transaction, as a request is.</summary>
    /// <typeparam name="TPayload">The message.</typeparam>
    /// <typeparam name="TTask">What works on it; gets its services by its constructor.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="kind">The kind of message, at most 64 characters.</param>
    public static void AddOutboxTask<TPayload, TTask>(this WebApplicationBuilder builder, string kind)
        where TTask : class, IOutboxTask<TPayload>
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddScoped<TTask>();
        builder.Services.AddSingleton<IOutboxHandler>(services =>
            new OutboxTaskHandler<TPayload, TTask>(kind, services.GetRequiredService<IServiceScopeFactory>()));
    }

    internal static void AddOutbox(this WebApplicationBuilder builder)
    {
        builder.AddOptions<OutboxOptions>(OutboxOptions.Section);
        builder.Services.AddScoped<Outbox>();
        builder.Services.AddSingleton<OutboxQueue>();
        builder.Services.AddWorker<OutboxWorker>();
        builder.AddSweep(services => Sweep.Ended(
            "outbox_messages",
            "platform.outbox_messages",
            "delivered_at",
            services.GetRequiredService<IOptions<OutboxOptions>>().Value.KeepDelivered));
    }
}
