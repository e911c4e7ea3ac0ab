using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Browsers;

internal static class BrowserExtensions
{
    public static void AddBrowsers(this WebApplicationBuilder builder)
    {
        builder.AddOptions<OriginOptions>(OriginOptions.Section);
        builder.Services.AddSingleton<CrossSiteGuard>();
        builder.Services.AddCors();
        builder.Services.AddOptions<CorsOptions>().Configure<IOptions<OriginOptions>>(
            (cors, origins) => cors.AddDefaultPolicy(policy => Allow(policy, origins.Value)));
    }

    /// <summary>
    /// Lets pages of allowed origins read the answer, whatever it is: before anything of the request is refused. What this adds, it adds
    /// when the answer begins, and no error takes it away.
    /// </summary>
    public static void UseCorsHeaders(this WebApplication app) => app.UseWhen(context => !IsPreflight(context.Request), branch => branch.UseCors());

    /// <summary>
    /// Answers preflights, which end here: behind the limits that hold for every request. No page reads the answer to a preflight, so that a
    /// refusal needs no headers.
    /// </summary>
    public static void UsePreflights(this WebApplication app) => app.UseWhen(context => IsPreflight(context.Request), branch => branch.UseCors());

    /// <summary>
    /// A call that brings the session cookie brings no other credential; and if it can change something, it comes from a page of ours.
    /// Before authentication: such a call costs neither a look into the database nor anything of the person's own limit.
    /// </summary>
    public static void UseCrossSiteGuard(this WebApplication app)
    {
        var guard = app.Services.GetRequiredService<CrossSiteGuard>();

        app.Use((context, next) =>
        {
            if (SessionCookie.In(context.Request) is null)
            {
                return next(context);
            }

            // Whatever the header holds: junk in it must not make the cookie look like something else.
            if (context.Request.Headers.Authorization.Count > 0)
            {
                return Problems.MalformedRequest
                    .Result("Send the session's token in the cookie or in the Authorization header, not in both.")
                    .ExecuteAsync(context);
            }

            return !SafeMethods.Contain(context.Request.Method) && !guard.Allows(context.Request)
                ? Problems.CrossSiteRequest.Result().ExecuteAsync(context)
                : next(context);
        });
    }

    // As the framework's middleware has it (Fetch, section 3.3.2).
    private static bool IsPreflight(HttpRequest request) =>
        HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod);

    // A predicate and not WithOrigins: it compares exactly, and always answers with `Vary: Origin`.
    private static void Allow(CorsPolicyBuilder policy, OriginOptions origins) =>
        policy
            .SetIsOriginAllowed(origin => origins.Origins.Contains(origin, StringComparer.Ordinal))
            .AllowCredentials()
            .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete)
            .WithHeaders(HeaderNames.ContentType, HeaderNames.Authorization, HeaderNames.IfMatch, IdempotencyKey.Header)
            .WithExposedHeaders(HeaderNames.ETag, HeaderNames.Location, HeaderNames.RetryAfter, StoredAnswer.ReplayedHeader)
            .SetPreflightMaxAge(TimeSpan.FromHours(1));
}
