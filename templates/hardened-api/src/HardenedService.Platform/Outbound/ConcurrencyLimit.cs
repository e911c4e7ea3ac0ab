using Polly;

namespace HardenedService.Platform.Outbound;

/// <summary>So many attempts at once and no queue: who waits for a slow system holds memory and a connection of somebody who waits, too.</summary>
internal sealed class ConcurrencyLimit(string client, int limit, Action<bool> isFull) : ResilienceStrategy
{
    // Room comes as fast as attempts end.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private int _underWay;

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (Interlocked.Increment(ref _underWay) > limit)
        {
            Interlocked.Decrement(ref _underWay);
            isFull(true);

            return Outcome.FromException<TResult>(new UpstreamException(
                client, UpstreamFailure.Unavailable, "was not called, since too many calls to it are under way", RetryAfter) { IsTransient = false, IsRefusal = true });
        }

        isFull(false);

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
