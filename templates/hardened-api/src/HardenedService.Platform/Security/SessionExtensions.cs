using HardenedService.Platform.Configuration;
using HardenedService.Platform.Errors;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Sweeps;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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

    /// <summary>
    /// Only someone who proved lately who they are may call this (<see cref="SessionOptions.FreshFor"/>); others are asked to do so again,
    /// by 403 <c>reauthentication_required</c>: an unattended device or a stolen token must not do for what cannot be taken back.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireFreshSession<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Guard(session => session.IsFresh, Problems.ReauthenticationRequired);

    /// <summary>Only an administrator may call this; others get 403 <c>forbidden</c>. It holds from the next request on that it is taken away.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder RequireAdministrator<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.Guard(session => session.IsAdministrator, Problems.Forbidden);

    /// <summary>The call hands out or takes back the session cookie, if that is how the session travels.</summary>
    /// <typeparam name="TBuilder">The kind of endpoint or group builder.</typeparam>
    /// <param name="endpoints">The endpoint or group.</param>
    /// <param name="status">The status of the answers that do.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder SendsSessionCookie<TBuilder>(this TBuilder endpoints, int status)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.SendsHeader(status, HeaderNames.SetCookie, $"`{SessionCookie.Name}`, for a session that travels as a cookie.");

    /// <summary>Authenticates whoever presents something. Without a credential nobody is looked for: the call is anonymous.</summary>
    internal static void UseSessions(this WebApplication app)
    {
        // Not UseWhen: the framework looks for authentication on the application itself, and if it finds none puts it before everything else. What
        // follows is known before any request comes, since a pipeline is built from its end.
        RequestDelegate rest = null!;

        ((IApplicationBuilder)app).Use(authenticate => context =>
            context.Request.Headers is { Authorization.Count: > 0 } or { Cookie.Count: > 0 } ? authenticate(context) : rest(context));
        app.UseAuthentication();
        ((IApplicationBuilder)app).Use(next => rest = next);
    }

    internal static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.AddOptions<SessionOptions>(SessionOptions.Section);
        builder.Services.AddSingleton<SessionMetrics>();
        builder.Services.AddSingleton<SessionLookup>();
        builder.Services.AddScoped<SessionStore>();
        builder.Services
            .AddAuthentication(SessionAuthentication.Scheme)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.Scheme, _ => { });
        builder.Services.AddAuthorization();

        // Two, since the first goes by an index; the second cannot: last_seen_at changes all the time, and stands in none.
        builder.AddSweep(_ => Sweep.Ended("sessions", "identity.sessions", "expires_at"));
        builder.AddSweep(_ => Sweep.Ended("idle_sessions", "identity.sessions", "last_seen_at + idle_timeout"));
    }

    // Outermost of the filters: what is refused here opens no transaction and uses up no idempotency key.
    internal static TBuilder Guard<TBuilder>(this TBuilder endpoints, Func<Session, bool> allows, ProblemCode refusal)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint => endpoint.FilterFactories.Insert(0, (_, next) => context =>
            context.HttpContext.Features.Get<Session>() is { } session && allows(session)
                ? next(context)
                : ValueTask.FromResult<object?>(refusal.Result())));

        return endpoints.Answers(refusal);
    }
}
