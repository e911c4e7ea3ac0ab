using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Hosting;

/// <summary>Middleware that only some requests have to go through.</summary>
internal static class Detour
{
    /// <summary>
    /// Like <c>UseWhen</c>, but the middleware stands on the application itself: the framework looks for its own there, and puts
    /// authentication, if it does not find it, before everything else.
    /// </summary>
    public static void UseOnlyWhen(this WebApplication app, Func<HttpContext, bool> applies, Action<WebApplication> use)
    {
        // A pipeline is built from its end: what follows is known before any request comes.
        RequestDelegate rest = null!;

        ((IApplicationBuilder)app).Use(detour => context => applies(context) ? detour(context) : rest(context));
        use(app);
        ((IApplicationBuilder)app).Use(next => rest = next);
    }
}
