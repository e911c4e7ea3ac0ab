using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbox;

internal static class OutboxExtensions
{
    public static void AddOutbox(this WebApplicationBuilder builder)
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
