using System.Net;
using HardenedService.Platform.Hosting;
using Microsoft.AspNetCore.Http;

namespace HardenedService.Platform.Security;

/// <summary>Who asks for a session.</summary>
/// <param name="Transport">How the token will travel.</param>
/// <param name="Address">Where the request came from.</param>
/// <param name="UserAgent">What the client calls itself; its first 512 characters are kept.</param>
public sealed record SessionClient(SessionTransport Transport, IPAddress? Address, string? UserAgent)
{
    private const int UserAgentLength = 512;

    /// <summary>What the client calls itself, cut to what is kept.</summary>
    public string? UserAgent { get; } = Cut(UserAgent);

    /// <summary>The client that sent a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="transport">How the token will travel.</param>
    /// <returns>The client.</returns>
    public static SessionClient Of(HttpContext context, SessionTransport transport)
    {
        ArgumentNullException.ThrowIfNull(context);

        return new(transport, context.Connection.Address(), context.Request.Headers.UserAgent);
    }

    private static string? Cut(string? userAgent) =>
        userAgent is not { Length: > UserAgentLength } ? userAgent
        : char.IsHighSurrogate(userAgent[UserAgentLength - 1]) ? userAgent[..(UserAgentLength - 1)]
        : userAgent[..UserAgentLength];
}
