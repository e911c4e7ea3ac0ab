using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using HardenedService.Platform.Data;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Security;

/// <summary>Recognises a person by the session token in the Authorization header or the cookie.</summary>
internal sealed class SessionAuthentication(
    SessionLookup sessions,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Session";

    private const string BearerPrefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var token = PresentedToken();

        if (token is null)
        {
            return AuthenticateResult.NoResult();
        }

        // A shape check first: junk is refused without asking the database.
        var session = OpaqueToken.IsWellFormed(token, OpaqueToken.SessionPrefix)
            ? await sessions.FindAsync(token, Context.RequestAborted)
            : null;

        if (session is null)
        {
            return AuthenticateResult.Fail("No such session.");
        }

        Context.Features.Set(session);
        Context.RequestServices.GetRequiredService<UnitOfWork>().Scope = TenantScope.Of(session);
        Claim[] claims = [new(ClaimTypes.NameIdentifier, session.UserId.ToString("D", CultureInfo.InvariantCulture))];
        var principal = new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme));

        return AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme));
    }

    // A present Authorization header decides, whatever it holds: the cookie is looked at only without one.
    private string? PresentedToken()
    {
        if (Request.Headers.Authorization.Count == 0)
        {
            return SessionCookie.In(Request);
        }

        var authorization = Request.Headers.Authorization.ToString();

        return authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) ? authorization[BearerPrefix.Length..] : "";
    }
}
