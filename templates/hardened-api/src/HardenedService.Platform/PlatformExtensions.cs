using HardenedService.Platform.Auditing;
using HardenedService.Platform.Browsers;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Data;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Health;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.Input;
using HardenedService.Platform.Mail;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Outbox;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Privacy;
using HardenedService.Platform.RateLimiting;
using HardenedService.Platform.Recovery;
using HardenedService.Platform.Security;
using HardenedService.Platform.Sweeps;
using HardenedService.Platform.Telemetry;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HardenedService.Platform;

/// <summary>The house baseline in two calls: what every service registers, and the way every request takes.</summary>
public static class PlatformExtensions
{
    /// <summary>Registers the baseline. Settings are checked before the host does anything else, and a fault stops the start.</summary>
    /// <param name="builder">The application under construction.</param>
    public static void AddPlatform(this WebApplicationBuilder builder)
    {
        builder.AddSettings();
        builder.AddTelemetry();
        builder.AddListeners();
        builder.AddRequestLimits();
        builder.AddProxies();
        builder.AddPublicAddress();
        builder.AddDraining();
        builder.AddErrors();
        builder.AddStrictJson();
        builder.AddBrowsers();
        builder.AddRateLimiting();
        builder.AddOpenApiDocument();
        builder.AddDatabase();
        builder.AddKeyRing();
        builder.AddSessions();
        builder.AddPrivacy();
        builder.AddTenancy();
        builder.AddAuditing();
        builder.AddIdempotency();
        builder.Services.AddSingleton<Cursors>();
        builder.AddOutbound();
        builder.AddOutbox();
        builder.AddMail();
        builder.AddSweeper();
        builder.Services.AddWorker<RecoveryWatch>();
        builder.AddHealth();
        builder.AddApiGroup();
    }

    /// <summary>Builds the request pipeline, outermost first, and maps the management endpoints.</summary>
    /// <param name="app">The built application.</param>
    public static void UsePlatform(this WebApplication app)
    {
        app.UseDraining();
        app.UseRequestRecord();
        app.UseSecurityHeaders();
        app.UseErrors();
        app.UseForwardedHeaders();
        app.UseHostCheck();
        app.UseHttpsOnly();
        app.UseCorsHeaders();
        app.UseRequestLimits();
        app.UseMethods();
        app.UseStrictQuery();
        app.UseBodyGuard();
        app.UseStrictBody();
        app.UseAddressLimit();
        app.UsePreflights();
        app.UseCrossSiteGuard();
        app.UseDocsPage();
        app.UseRouting();
        app.UseSessions();
        app.UseUserLimit();
        app.UseAuthorization();
        app.UseAcceptedTypes();
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApiDocument();
    }
}
