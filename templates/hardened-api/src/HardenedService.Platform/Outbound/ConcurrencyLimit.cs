using Microsoft.Extensions.Logging;
using Polly;

namespace HardenedService.Platform.Outbound;

/// <summary>So many attempts at once and no queue: who waits for a slow system holds memory and a connection of somebody who waits, too.</summary>
internal sealed class ConcurrencyLimit(string client, int limit, TimeProvider clock, OutboundMetrics metrics, ILogger logger) : ResilienceStrategy
{
    // Room comes as fast as attempts end.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Seldom _isFull = new(clock);
    private int _underWay;

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (Interlocked.Increment(ref _underWay) > limit)
        {
            Interlocked.Decrement(ref _underWay);
            metrics.Refused(client, "concurrency");

            if (_isFull.IsDue())
            {
                logger.Full(client);
            }

            return Outcome.FromException<TResult>(UpstreamFailures.TooMany(client, RetryAfter));
        }

        try
        {
            return await callback(context, state);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
