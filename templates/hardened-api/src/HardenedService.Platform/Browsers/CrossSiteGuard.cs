using System.Collections.Frozen;
using HardenedService.Platform.Configuration;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Browsers;

/// <summary>
/// Tells a call that a page of ours makes from one that another site's page makes, both of which browsers send the cookie with. They say
/// themselves which it is, in headers that no script can write (Fetch Metadata, section 2.3; RFC 6454, section 7).
/// </summary>
/// <param name="origins">The other origins that may call.</param>
/// <param name="service">Where our own pages are.</param>
public sealed class CrossSiteGuard(IOptions<OriginOptions> origins, IOptions<ServiceOptions> service)
{
    private readonly FrozenSet<string> _trusted =
        origins.Value.Origins.Append(service.Value.PublicUrl!.GetLeftPart(UriPartial.Authority)).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// Whether a call that would begin a session must not: another site's page could sign a browser into the attacker's account (login
    /// CSRF). Where no cookie is set, no browser is asked.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="transport">How the session's token would travel.</param>
    /// <returns>True if the call has to be refused.</returns>
    public bool Refuses(HttpRequest request, SessionTransport transport) => transport == SessionTransport.Cookie && !Allows(request);

    /// <summary>
    /// Whether the request may act with a session cookie, or be given one: <c>Sec-Fetch-Site</c> is <c>same-origin</c> or <c>none</c>, or
    /// <c>Origin</c> is our own or one of the trusted ones. Each counts only if it was sent exactly once.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <returns>False if another site's page may have sent it, or if nothing tells.</returns>
    public bool Allows(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        return request.Headers["Sec-Fetch-Site"] is ["same-origin"] or ["none"]
            || (request.Headers.Origin is [{ } origin] && _trusted.Contains(origin));
    }
}
