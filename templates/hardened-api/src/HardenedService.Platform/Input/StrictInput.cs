using HardenedService.Platform.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Input;

/// <summary>What is refused of every request, whatever its endpoint reads of it.</summary>
internal static class StrictInput
{
    /// <summary>
    /// A query parameter has one value. Of two, proxies, frameworks and handlers each take another one (HTTP parameter pollution); names
    /// compare without case. Parameters that no endpoint reads are no concern.
    /// </summary>
    public static void UseStrictQuery(this WebApplication app) =>
        app.Use((context, next) =>
        {
            if (context.Request.QueryString.HasValue)
            {
                foreach (var (_, values) in context.Request.Query)
                {
                    if (values is not [{ } value] || value.Contains('\0', StringComparison.Ordinal))
                    {
                        return Problems.MalformedRequest.Result("A query parameter has one value, without NUL.").ExecuteAsync(context);
                    }
                }
            }

            return next(context);
        });

    /// <summary>
    /// Bodies are UTF-8 (RFC 8259, section 8.1) and not compressed: a small one could unpack to a huge one. Left to itself, the framework
    /// fails on a charset that it does not know, and on a quoted one.
    /// </summary>
    public static void UseStrictBody(this WebApplication app) =>
        app.Use((context, next) =>
        {
            if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            {
                return next(context);
            }

            if (context.Request.Headers.ContentEncoding is { Count: > 0 } encoding
                && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                // RFC 9110, section 12.5.3: what would have been acceptable.
                context.Response.Headers.AcceptEncoding = "identity";

                return Problems.UnsupportedMediaType.Result("Send the body without Content-Encoding.").ExecuteAsync(context);
            }

            if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.Charset.HasValue)
            {
                return next(context);
            }

            if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                return Problems.UnsupportedMediaType.Result("Send the body as UTF-8.").ExecuteAsync(context);
            }

            type.Charset = "utf-8";
            context.Request.ContentType = type.ToString();

            return next(context);
        });
}
