using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Health;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Mail;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Security;
using HardenedService.Platform.Telemetry;
using Microsoft.AspNetCore.Builder;

namespace HardenedService.Platform;

/// <summary>The house baseline in two calls: what every service registers, and the way every request takes.</summary>
public static class PlatformExtensions
{
    /// <summary>Registers the baseline. Options are validated when the host starts, so a fault stops the start.</summary>
    /// <param name="builder">The application under construction.</param>
    public static void AddPlatform(this WebApplicationBuilder builder)
    {
        builder.AddOptions<ServiceOptions>(ServiceOptions.Section);
        builder.AddTelemetry();
        builder.AddListeners();
        builder.AddDraining();
        builder.AddErrors();
        builder.AddStrictJson();
        builder.AddOpenApiDocument();
        builder.AddDatabase();
        builder.AddKeyRing();
        builder.AddSessions();
        builder.AddOutbox();
        builder.AddMail();
        builder.AddHealth();
    }

    /// <summary>Builds the request pipeline, outermost first, and maps the management endpoints.</summary>
    /// <param name="app">The built application.</param>
    public static void UsePlatform(this WebApplication app)
    {
        app.UseErrors();
        app.UseStrictJson();
        app.UseDocsPage();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapOpenApiDocument();
    }
}
