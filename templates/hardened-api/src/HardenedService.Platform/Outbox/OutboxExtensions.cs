using HardenedService.Platform.Configuration;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform.Outbox;

internal static class OutboxExtensions
{
    public static void AddOutbox(this WebApplicationBuilder builder)
    {
        builder.AddOptions<OutboxOptions>(OutboxOptions.Section);
        builder.Services.AddScoped<Outbox>();
        builder.Services.AddSingleton<OutboxQueue>();
        builder.Services.AddWorker<OutboxWorker>();
    }
}
