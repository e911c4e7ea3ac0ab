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
        builder.AddSweep(services => new Sweep(
            "outbox_messages",
            """
            delete from platform.outbox_messages
            where id = any (array(
              select id
              from platform.outbox_messages
              where delivered_at <= now() - $2
              limit $1
              for update skip locked
            ))
            """,
            services.GetRequiredService<IOptions<OutboxOptions>>().Value.KeepDelivered));
    }
}
