using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Security;

/// <summary>
/// The cookie that carries a session's token. Its <c>__Host-</c> prefix makes browsers insist on Secure, Path=/ and no Domain
/// (RFC 6265bis, section 4.1.3.2). It has no lifetime of its own: the database decides when a session ends.
/// </summary>
public static class SessionCookie
{
    /// <summary>The cookie's name.</summary>
    public const string Name = "__Host-session";

    private static readonly CookieOptions Attributes = new() { Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/" };

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
