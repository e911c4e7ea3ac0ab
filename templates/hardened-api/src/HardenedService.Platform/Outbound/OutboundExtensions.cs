using System.Net.Security;
using HardenedService.Platform.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbound;

/// <summary>Calls to other systems.</summary>
public static class OutboundExtensions
{
    // By then a change of the other system's address in DNS has reached us.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Registers <typeparamref name="TClient"/>, which calls another system by HTTP: its constructor takes an <see cref="HttpClient"/> that
    /// starts at <see cref="OutboundClientOptions.BaseAddress"/> and sends everything through an <see cref="OutboundPipeline"/>. GET, HEAD,
    /// OPTIONS, PUT and DELETE are repeated, others only with an Idempotency-Key. No redirect is followed, no cookie kept, nothing of a
    /// request or an answer logged. A status of 500 or more, 408 and 429 are thrown, as every failure is; other answers are the client's to judge.
    /// </summary>
    /// <typeparam name="TClient">The client, which is transient.</typeparam>
    /// <param name="builder">The application under construction.</param>
    /// <param name="name">The other system's name, once: in the section <c>Outbound:&lt;name&gt;</c>, in metrics and in logs.</param>
    public static void AddOutboundClient<TClient>(this WebApplicationBuilder builder, string name)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOutboundClient<TClient>(name);
    }

    /// <summary>
    /// Registers an <see cref="OutboundPipeline"/> for another system that is called by another protocol than HTTP. The service's key is its name.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="name">The other system's name, once: in the section <c>Outbound:&lt;name&gt;</c>, in metrics and in logs.</param>
    public static void AddOutboundPipeline(this WebApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOutboundPipeline(name);
    }

    internal static void AddOutbound(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SafeHttpOptions>(SafeHttpOptions.Section);
        builder.Services.AddSingleton<OutboundMetrics>();
        builder.Services.AddSingleton<ISafeNetwork, SafeNetwork>();
        builder.Services.AddSingleton(services => new SafeHttp(
            services.GetRequiredService<IOptions<SafeHttpOptions>>(),
            services.GetRequiredService<ISafeNetwork>(),
            new SslClientAuthenticationOptions(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SafeHttp>>()));
    }

    internal static void AddOutboundClient<TClient>(this IServiceCollection services, string name)
        where TClient : class
    {
        services.AddOutboundPipeline<OutboundClientOptions>(name);

        // The factory's own loggers tell addresses, and headers at Trace. Its handlers live on: the connections have a lifetime of their own.
        services
            .AddHttpClient<TClient>(name, (provider, client) =>
            {
                client.BaseAddress = WithSlash(OptionsOf<OutboundClientOptions>(provider, name).BaseAddress!);
                client.Timeout = Timeout.InfiniteTimeSpan;
            })
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = ConnectionLifetime,
                PlaintextStreamFilter = SentOnce.FilterAsync,
                MaxConnectionsPerServer = OptionsOf<OutboundClientOptions>(provider, name).MaxConcurrency,
            })
            .AddHttpMessageHandler(provider => new OutboundHandler(
                provider.GetRequiredKeyedService<OutboundPipeline>(name),
                OptionsOf<OutboundClientOptions>(provider, name),
                provider.GetRequiredService<TimeProvider>()));
    }

    internal static void AddOutboundPipeline(this IServiceCollection services, string name) => services.AddOutboundPipeline<OutboundOptions>(name);

    private static void AddOutboundPipeline<TOptions>(this IServiceCollection services, string name)
        where TOptions : OutboundOptions
    {
        if (services.Any(service => service.ImplementationInstance is OptionsEntry { Section: OutboundOptions.Section } entry && entry.Name == name))
        {
            throw new InvalidOperationException($"There are two outbound clients {name}: each has a name of its own.");
        }

        services.AddNamedOptions<TOptions>(OutboundOptions.Section, name);
        services.AddKeyedSingleton(name, (provider, _) => new OutboundPipeline(
            name,
            OptionsOf<TOptions>(provider, name),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<OutboundMetrics>(),
            provider.GetRequiredService<ILogger<OutboundPipeline>>()));
    }

    private static TOptions OptionsOf<TOptions>(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);

    // Without it a relative address would replace the last part of the path.
    private static Uri WithSlash(Uri address) => new($"{address.ToString().TrimEnd('/')}/");
}
