using System.Net.Sockets;
using System.Security.Authentication;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace HardenedService.Platform.Outbound;

/// <summary>Says in our words what an exception means. The runtime's own words are not passed on: some quote a host, some a header.</summary>
internal static class UpstreamFailures
{
    /// <summary>The failure of the other system that an exception shows; null if it shows none, but a fault of ours or that the caller gave up.</summary>
    public static UpstreamException? Of(string client, Exception exception) => exception switch
    {
        UpstreamException upstream => upstream,
        TimeoutRejectedException => TimedOut(client),
        BrokenCircuitException broken => new(
            client, UpstreamFailure.Unavailable, "was not called, since too many calls to it failed", broken.RetryAfter)
        { IsTransient = false, IsRefusal = true },
        _ when IsTransport(exception) => OfTransport(client, exception),
        _ => null,
    };

    /// <summary>Whether it is about the way to the other system: its name, the connection, TLS, or the protocol.</summary>
    public static bool IsTransport(Exception exception) => exception is HttpRequestException or IOException or SocketException or AuthenticationException;

    public static UpstreamException OfTransport(string client, Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => TooLarge(client),
        HttpRequestException http => BrokeOff(client, http, $"{http.HttpRequestError}"),
        _ => BrokeOff(client, exception, exception.GetType().Name),
    };

    public static UpstreamException TooLarge(string client) =>
        new(client, UpstreamFailure.Failed, "sent a larger answer than it may") { IsTransient = false };

    public static UpstreamException TooMany(string client, TimeSpan? retryAfter = null) =>
        new(client, UpstreamFailure.Unavailable, "was not called, since too many calls to it are under way", retryAfter) { IsTransient = false, IsRefusal = true };

    public static UpstreamException TimedOut(string client) => new(client, UpstreamFailure.TimedOut, "did not answer in time");

    private static UpstreamException BrokeOff(string client, Exception exception, string kind) =>
        new(client, UpstreamFailure.Failed, $"could not be reached or broke off ({Cause(exception, kind)})");

    private static string Cause(Exception exception, string kind)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException socket:
                    return $"{kind}, {socket.SocketErrorCode}";
                case AuthenticationException:
                    return $"{kind}, TLS";
            }
        }

        return kind;
    }
}
