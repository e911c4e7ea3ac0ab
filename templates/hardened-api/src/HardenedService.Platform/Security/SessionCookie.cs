using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace HardenedService.Platform.Security;

/// <summary>
/// The cookie that carries a session's token. Its <c>__Host-</c> prefix makes browsers insist on Secure, Path=/ and no Domain
/// (RFC 6265bis, section 4.1.3.2). It has no lifetime of its own: the database decides when a session ends.
/// </summary>
public static class SessionCookie
{
    /// <summary>The cookie's name.</summary>
    public const string Name = "__Host-session";

    private static readonly CookieOptions Attributes = new() { Secure = true, HttpOnly = true, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Lax, Path = "/" };

    /// <summary>
    /// The cookie's value. Its name is compared exactly, and it has to stand alone: a page of a sibling domain can set one whose name
    /// differs in case only, without the prefix's guarantees, and ASP.NET Core's own collection would take it for this one.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <returns>The token; null without such a cookie, and empty if there are several, which is nobody's token.</returns>
    public static string? In(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        if (request.Headers.Cookie.Count == 0 || !CookieHeaderValue.TryParseList([.. request.Headers.Cookie!], out var cookies))
        {
            return null;
        }

        string[] values = [.. cookies.Where(cookie => cookie.Name.Equals(Name, StringComparison.Ordinal)).Select(cookie => cookie.Value.ToString())];

        return values.Length > 1 ? "" : values.SingleOrDefault();
    }

    /// <summary>Hands the token to the browser.</summary>
    /// <param name="response">The answer to sign-in.</param>
    /// <param name="token">The session's token.</param>
    public static void Set(HttpResponse response, string token)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Cookies.Append(Name, token, Attributes);
    }

    /// <summary>Takes the cookie back.</summary>
    /// <param name="response">The answer to sign-out.</param>
    public static void Clear(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Cookies.Delete(Name, Attributes);
    }
}
