using HardenedService.Platform.Idempotency;

namespace HardenedService.Platform.Outbound;

/// <summary>What a request can ask of its outbound client.</summary>
public static class OutboundRequests
{
    internal static readonly HttpRequestOptionsKey<bool> IsStreamed = new("HardenedService.Outbound.Streamed");
    internal static readonly HttpRequestOptionsKey<string> Client = new("HardenedService.Outbound.Client");

    /// <summary>
    /// Has the answer's body come as a stream, for one that should not lie in memory. It is to be sent with
    /// <see cref="HttpCompletionOption.ResponseHeadersRead"/>. Size and total time hold for the body too, and reading beyond them fails with
    /// an <see cref="UpstreamException"/>; but it is read after the attempt has ended, so that it is not repeated when it breaks off.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <returns>The same request.</returns>
    public static HttpRequestMessage Streamed(this HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(IsStreamed, value: true);

        return request;
    }

    /// <summary>Says that the request is one thing to be done, however often it is sent: it may be repeated, with the same key each time.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The key, such as the id of the outbox message that it is sent for. The other system must know what to do with it.</param>
    /// <returns>The same request.</returns>
    public static HttpRequestMessage WithIdempotencyKey(this HttpRequestMessage request, string key)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Headers.Add(IdempotencyKey.Header, key);

        return request;
    }
}
