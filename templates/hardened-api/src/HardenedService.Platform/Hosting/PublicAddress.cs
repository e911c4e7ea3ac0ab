using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace HardenedService.Platform.Hosting;

/// <summary>The public port answers to its own names, and outside of Development by HTTPS alone. Probes of the management port use neither.</summary>
internal static partial class PublicAddress
{
    private const string AnyHost = "*";

    // The framework's own filter answers in HTML: it is told to let everything pass, and ours decides.
    public static void AddPublicAddress(this WebApplicationBuilder builder) =>
        builder.Services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = [AnyHost]);

    public static void UseHostCheck(this WebApplication app)
    {
        var allowed = AllowedHosts(app);

        if (allowed.Contains(AnyHost))
        {
            return;
        }

        app.Use((context, next) => HostString.MatchesAny(context.Request.Host.Host, allowed) || ManagementConnection.Carries(context)
            ? next(context)
            : Problems.MalformedRequest.Result("The Host header names another host.").ExecuteAsync(context));
    }

    public static void UseHttpsOnly(this WebApplication app)
    {
        if (app.Environment.IsDevelopment())
        {
            return;
        }

        if (!app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.Enabled)
        {
            LogNoProxy(app.Logger);
        }

        app.Use((context, next) => context.Request.IsHttps || ManagementConnection.Carries(context)
            ? next(context)
            : Problems.HttpsRequired.Result("Nothing was done. What was sent is known to the network now: do not use it again.").ExecuteAsync(context));
    }

    // The development runner announces an IP address beside a public URL at localhost.
    private static List<StringSegment> AllowedHosts(WebApplication app)
    {
        var service = app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value;
        var hosts = app.Services.GetRequiredService<IOptions<AllowedHostsOptions>>().Value.AllowedHosts ?? (app.Environment.IsDevelopment() ? AnyHost : service.PublicUrl!.Host);

        return [.. hosts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    [LoggerMessage(
        EventId = 1003,
        EventName = "NoProxyTrusted",
        Level = LogLevel.Warning,
        Message = "No proxy is trusted (Proxies:Enabled), and this service does not speak TLS itself: every request will be refused with https_required")]
    private static partial void LogNoProxy(ILogger logger);
}
