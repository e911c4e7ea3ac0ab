using Microsoft.Extensions.Logging;
using Polly;

namespace HardenedService.Platform.Outbound;

/// <summary>Sees each attempt as it ends: turns what it threw into our words, counts it and logs it.</summary>
internal sealed class AttemptWatch(string client, TimeProvider clock, OutboundMetrics metrics, ILogger logger) : ResilienceStrategy
{
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var start = clock.GetTimestamp();
        var outcome = await callback(context, state);
        var elapsed = clock.GetElapsedTime(start);

        if (outcome.Exception is null)
        {
            metrics.Attempted(client, "answered", elapsed);
            return outcome;
        }

        if (UpstreamFailures.Of(client, outcome.Exception) is not { } failure)
        {
            metrics.Attempted(client, outcome.Exception is OperationCanceledException ? "given_up" : "fault", elapsed);
            return outcome;
        }

        metrics.Attempted(client, Name(failure.Failure), elapsed);
        logger.AttemptFailed(client, elapsed, failure.Reason);

        return Outcome.FromException<TResult>(failure);
    }

    private static string Name(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.Unavailable => "unavailable",
        UpstreamFailure.TimedOut => "timed_out",
        _ => "failed",
    };
}
