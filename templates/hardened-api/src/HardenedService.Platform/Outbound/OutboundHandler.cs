using System.Diagnostics;
using System.Net;
using HardenedService.Platform.Idempotency;

namespace HardenedService.Platform.Outbound;

/// <summary>
/// Sends the requests of one client through its pipeline. An answer is whole, and no larger than allowed, before its attempt ends, so that a
/// body that trickles or breaks off counts as a failed attempt like any other; a request that asks for it gets a stream instead
/// (<see cref="OutboundRequests.Streamed"/>).
/// </summary>
internal sealed class OutboundHandler(OutboundPipeline pipeline, OutboundClientOptions options, TimeProvider clock) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // What a client makes of its input must not lead to another host.
        if (request.RequestUri?.GetLeftPart(UriPartial.Authority) != options.BaseAddress!.GetLeftPart(UriPartial.Authority))
        {
            throw new InvalidOperationException($"{pipeline.Name} is called at its base address alone; for an address given by a user there is {nameof(SafeHttp)}.");
        }

        var start = clock.GetTimestamp();

        return pipeline.RunAsync(attempt => AttemptAsync(request, start, attempt), MayRetry(request), cancellationToken).AsTask();
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Other systems are called asynchronously.");

    private async ValueTask<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, long start, CancellationToken cancel)
    {
        // The runtime leaves a header alone that is there already: each attempt after the first would carry the first one's span.
        foreach (var field in DistributedContextPropagator.Current.Fields)
        {
            request.Headers.Remove(field);
        }

        var response = await base.SendAsync(request, cancel);

        try
        {
            if (IsFailure(response.StatusCode))
            {
                throw FailureOf(response);
            }

            request.Options.Set(OutboundRequests.Client, pipeline.Name);

            if (request.Options.TryGetValue(OutboundRequests.IsStreamed, out _))
            {
                var left = options.TotalTimeout - clock.GetElapsedTime(start);
                response.Content = await BoundedContent.WrapAsync(response.Content, pipeline.Name, options.MaxResponseSize, left, clock, cancel);
            }
            else if (request.Method != HttpMethod.Head)
            {
                await response.Content.LoadIntoBufferAsync(options.MaxResponseSize, cancel);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool IsFailure(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private UpstreamException FailureOf(HttpResponseMessage response) => new(
        pipeline.Name,
        response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => UpstreamFailure.Unavailable,
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => UpstreamFailure.TimedOut,
            _ => UpstreamFailure.Failed,
        },
        $"answered {(int)response.StatusCode}",
        RetryAfter(response));

    // A date is reckoned from the other system's own clock, which need not agree with ours.
    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => Later(date - (response.Headers.Date ?? clock.GetUtcNow())),
        _ => null,
    };

    private static TimeSpan Later(TimeSpan wait) => wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    // RFC 9110, section 9.2.2. The key travels with the request, hence unchanged with each attempt.
    private static bool MayRetry(HttpRequestMessage request) =>
        IsRepeatable(request.Content)
            && (request.Method == HttpMethod.Get
                || request.Method == HttpMethod.Head
                || request.Method == HttpMethod.Options
                || request.Method == HttpMethod.Put
                || request.Method == HttpMethod.Delete
                || request.Headers.NonValidated.Contains(IdempotencyKey.Header));

    // A stream is read once.
    private static bool IsRepeatable(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or System.Net.Http.Json.JsonContent => true,
        MultipartContent parts => parts.All(IsRepeatable),
        _ => false,
    };
}
