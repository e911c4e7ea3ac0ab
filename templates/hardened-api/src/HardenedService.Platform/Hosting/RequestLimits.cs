using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Hosting;

/// <summary>How large and how slow a request may be. Section <c>RequestLimits</c>.</summary>
public sealed record RequestLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "RequestLimits";

    /// <summary>The longest path and query, in bytes (414). Default: 4096.</summary>
    [Range(256, 65_536)]
    public int UriLength { get; init; } = 4096;

    /// <summary>The most header lines (431). Default: 64.</summary>
    [Range(16, 1000)]
    public int HeaderCount { get; init; } = 64;

    /// <summary>The most that names and values of all headers come to, in bytes (431). Default: 16384.</summary>
    [Range(1024, 262_144)]
    public int HeadersLength { get; init; } = 16_384;

    /// <summary>The largest body, in bytes, of calls that do not say otherwise (413). Default: 1 MiB.</summary>
    [Range(1024, 1024 * 1024 * 1024)]
    public int BodyLength { get; init; } = 1024 * 1024;

    /// <summary>How long a client may take to send the headers. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The slowest that a body may arrive and an answer be taken, in bytes a second, after a grace of 5 seconds. Default: 500.</summary>
    [Range(1, 1_000_000)]
    public int MinDataRate { get; init; } = 500;

    /// <summary>How long a body may take to arrive, however it trickles in (408). Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an idle connection is kept. Default: 2 minutes, longer than load balancers keep theirs.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The most connections at once, on each of the two ports. More are closed. Default: 10,000.</summary>
    [Range(10, 1_000_000)]
    public int Connections { get; init; } = 10_000;
}

/// <summary>
/// Ours answer with a problem. Kestrel's, at twice ours, protect what reads the request before we see it: they close the connection with a
/// bare status, for which there is no body.
/// </summary>
internal static class RequestLimits
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly string[] Methods =
    [
        HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Options,
    ];

    public static void AddRequestLimits(this WebApplicationBuilder builder)
    {
        builder.AddOptions<RequestLimitOptions>(RequestLimitOptions.Section);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RequestLimitOptions>>((kestrel, options) => Set(kestrel.Limits, options.Value));
    }

    public static void UseRequestLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<IOptions<RequestLimitOptions>>().Value;

        app.Use((context, next) =>
        {
            if (context.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > limits.UriLength)
            {
                return Problems.UriTooLong.Result().ExecuteAsync(context);
            }

            return IsTooLarge(context.Request.Headers, limits)
                ? Problems.HeadersTooLarge.Result().ExecuteAsync(context)
                : next(context);
        });
    }

    /// <summary>Methods that nobody maps do not get as far as routing; HEAD is GET, without the body, which Kestrel keeps back.</summary>
    public static void UseMethods(this WebApplication app) =>
        app.Use((context, next) =>
        {
            if (!Methods.Contains(context.Request.Method))
            {
                context.Response.Headers.Allow = Methods;

                return Problems.MethodNotAllowed.Result().ExecuteAsync(context);
            }

            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Request.Method = HttpMethods.Get;
            }

            return next(context);
        });

    private static bool IsTooLarge(IHeaderDictionary headers, RequestLimitOptions limits)
    {
        var count = 0;
        var length = 0;

        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                count++;
                length += name.Length + (value?.Length ?? 0);
            }
        }

        return count > limits.HeaderCount || length > limits.HeadersLength;
    }

    private static void Set(KestrelServerLimits kestrel, RequestLimitOptions limits)
    {
        kestrel.MaxRequestLineSize = 2 * limits.UriLength;
        kestrel.MaxRequestHeaderCount = 2 * limits.HeaderCount;
        kestrel.MaxRequestHeadersTotalSize = 2 * limits.HeadersLength;
        kestrel.MaxRequestBodySize = limits.BodyLength;
        kestrel.RequestHeadersTimeout = limits.HeadersTimeout;
        kestrel.KeepAliveTimeout = limits.KeepAlive;
        kestrel.MinRequestBodyDataRate = new MinDataRate(limits.MinDataRate, Grace);
        kestrel.MinResponseDataRate = new MinDataRate(limits.MinDataRate, Grace);
        kestrel.MaxConcurrentConnections = limits.Connections;
        kestrel.MaxConcurrentUpgradedConnections = 0;
    }
}
