using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Browsers;

/// <summary>
/// What every answer tells browsers: come back by HTTPS only (RFC 6797), take the content type as it stands, run and frame nothing, say
/// nothing of where you come from, keep no copy. The bare refusals of Kestrel, to requests that it cannot even read, go without.
/// </summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaders(this WebApplication app) =>
        app.Use((context, next) =>
        {
            // When the answer starts, and not now: the exception handler clears what was set before. The first registered runs last, and wins.
            context.Response.OnStarting(Set, context.Response);

            return next(context);
        });

    private static Task Set(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";

        // A page, such as that of the documentation on the management port, has a policy of its own.
        headers.TryAdd(HeaderNames.ContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'");

        return Task.CompletedTask;
    }
}
