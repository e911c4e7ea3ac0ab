using System.Diagnostics;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace HardenedService.Platform.Telemetry;

/// <summary>
/// What remains of a request: the name and attributes of its span, and one line in the log. Both tell of the route and not of the path, in
/// which a client can put anything; neither knows the query, a header, an address or a person.
/// </summary>
internal sealed partial class RequestRecord(RequestDelegate next, ILogger<RequestRecord> logger)
{
    internal const string Method = "http.request.method";
    internal const string Route = "http.route";
    internal const string Status = "http.response.status_code";
    internal const string Scheme = "url.scheme";
    internal const string Version = "network.protocol.version";
    internal const string Error = "error.type";

    private const string NoRoute = "(no route)";

    // The conventions' words for a method that is none of the known ones.
    private const string OtherMethod = "_OTHER";
    private const string OtherName = "HTTP";

    private static readonly string[] Methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Patch, HttpMethods.Put, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options];

    public async Task InvokeAsync(HttpContext context)
    {
        // The framework makes none if nobody listens and its own log is switched off. The client is told of a trace all the same.
        using var own = Activity.Current is null ? new Activity(nameof(RequestRecord)).Start() : null;
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;

        if (ManagementConnection.Carries(context))
        {
            // Probes and scrapes come every few seconds, for ever.
            Forget(span);
            await next(context);

            return;
        }

        var method = Array.Find(Methods, known => HttpMethods.Equals(known, context.Request.Method)) ?? OtherMethod;
        var begin = Stopwatch.GetTimestamp();
        Describe(span, method, context.Request);

        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            // Nothing but an answer that had begun gets here.
            var broken = RouteOf(context);
            var after = Since(begin);
            Finish(span, method, broken, context.Response.StatusCode, exception.GetType().FullName);
            LogBrokenOff(method, broken ?? NoRoute, after);

            throw;
        }

        var (route, status, elapsed) = (RouteOf(context), context.Response.StatusCode, Since(begin));

        // Of a flood, a line for each would make it worse; it is counted.
        var level = status == StatusCodes.Status429TooManyRequests ? LogLevel.Debug : LogLevel.Information;
        Finish(span, method, route, status, status >= StatusCodes.Status500InternalServerError ? $"{status}" : null);
        LogEnded(level, method, route ?? NoRoute, status, elapsed);
    }

    private static void Forget(Activity? span)
    {
        if (span is not null)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    private static void Describe(Activity? span, string method, HttpRequest request)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        span.DisplayName = method == OtherMethod ? OtherName : method;
        span.SetTag(Method, method);
        span.SetTag(Scheme, request.IsHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp);
        span.SetTag(Version, HttpProtocol.IsHttp2(request.Protocol) ? "2" : HttpProtocol.IsHttp3(request.Protocol) ? "3" : "1.1");
    }

    private static void Finish(Activity? span, string method, string? route, int status, string? error)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        span.SetTag(Status, status);

        if (route is not null)
        {
            span.DisplayName = $"{method} {route}";
            span.SetTag(Route, route);
        }

        if (error is not null)
        {
            span.SetTag(Error, error);
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    // The exception handler takes the endpoint away, and keeps it.
    private static string? RouteOf(HttpContext context) =>
        ((context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint()) as RouteEndpoint)?.RoutePattern.RawText;

    private static double Since(long begin) => Math.Round(Stopwatch.GetElapsedTime(begin).TotalMilliseconds, 1);

    [LoggerMessage(EventId = 2001, EventName = "RequestEnded", Message = "{Method} {Route} was answered {Status} in {Elapsed} ms")]
    private partial void LogEnded(LogLevel level, string method, string route, int status, double elapsed);

    [LoggerMessage(EventId = 2002, EventName = "RequestBrokenOff", Level = LogLevel.Information, Message = "The answer to {Method} {Route} broke off after {Elapsed} ms")]
    private partial void LogBrokenOff(string method, string route, double elapsed);
}
