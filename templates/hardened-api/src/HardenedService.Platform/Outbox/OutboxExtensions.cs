using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HardenedService.Platform.Outbox;

internal static class OutboxExtensions
{
    public static void AddOutbox(this WebApplicationBuilder builder)
    {
        builder.AddOptions<OutboxOptions>(OutboxOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddScoped<Outbox>();
        builder.Services.AddSingleton<OutboxQueue>();
        builder.Services.AddSingleton<OutboxWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OutboxWorker>());
    }
}
