using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Security;

/// <summary>Sessions in the pipeline and on the route table.</summary>
public static class SessionExtensions
{
    /// <summary>Only someone signed in may call this. Endpoints of the group that are open to everyone say <c>AllowAnonymous</c>.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireSession<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireAuthorization().Answers(Problems.Unauthenticated);

    /// <summary>The call hands out or takes back the session cookie, if that is how the session travels.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="status">The status of the answers that do.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder SendsSessionCookie<TBuilder>(this TBuilder endpoints, int status)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.SendsHeader(status, HeaderNames.SetCookie, $"`{SessionCookie.Name}`, for a session that travels as a cookie.");

    internal static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SessionOptions>(SessionOptions.Section);
        builder.Services.AddSingleton<SessionStore>();
        builder.Services
            .AddAuthentication(SessionAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.Scheme, _ => { });
        builder.Services.AddAuthorization();

        // Two, since the first goes by an index; the second cannot: last_seen_at changes all the time, and stands in none.
        builder.AddSweep(_ => Sweep.Ended("sessions", "identity.sessions", "expires_at"));
        builder.AddSweep(_ => Sweep.Ended("idle_sessions", "identity.sessions", "last_seen_at + idle_timeout"));
    }
}
