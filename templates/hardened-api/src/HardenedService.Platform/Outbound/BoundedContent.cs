using HardenedService.Platform.Hosting;

namespace HardenedService.Platform.Outbound;

/// <summary>A body that is read as it comes, and no more of it, nor for longer, than allowed.</summary>
internal static class BoundedContent
{
    public static async Task<HttpContent> WrapAsync(
        HttpContent content, string client, int maxSize, TimeSpan timeLeft, TimeProvider clock, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > maxSize)
        {
            throw UpstreamFailures.TooLarge(client);
        }

        var bounded = new StreamContent(new BoundedStream(await content.ReadAsStreamAsync(cancel), content, client, maxSize, timeLeft, clock));

        foreach (var (name, values) in content.Headers.NonValidated)
        {
            bounded.Headers.TryAddWithoutValidation(name, values);
        }

        return bounded;
    }

    private sealed class BoundedStream(Stream inner, HttpContent content, string client, int maxSize, TimeSpan timeLeft, TimeProvider clock) : ReadOnlyStream
    {
        private readonly CancellationTokenSource _timeout = new(timeLeft > TimeSpan.Zero ? timeLeft : TimeSpan.Zero, clock);
        private long _read;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timeout.Token);

            try
            {
                var read = await inner.ReadAsync(buffer, either.Token);
                _read += read;

                return _read <= maxSize ? read : throw UpstreamFailures.TooLarge(client);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw UpstreamFailures.TimedOut(client);
            }
            catch (Exception exception) when (UpstreamFailures.IsTransport(exception))
            {
                throw UpstreamFailures.OfTransport(client, exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _timeout.Dispose();
                inner.Dispose();
                content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
