using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace HardenedService.Platform.Outbound;

/// <summary>
/// The way of every call to one other system, outermost first: total timeout, retry, concurrency limit, circuit breaker, attempt timeout.
/// Calls by HTTP take it by <see cref="OutboundExtensions.AddOutboundClient{TClient}(WebApplicationBuilder, string)"/>; this is for those by other protocols.
/// </summary>
public sealed class OutboundPipeline
{
    private static readonly ResiliencePropertyKey<bool> MayRetry = new("may-retry");
    private static readonly ResiliencePropertyKey<long> Start = new("start");

    private readonly OutboundOptions _options;
    private readonly TimeProvider _clock;
    private readonly OutboundMetrics _metrics;
    private readonly ILogger _logger;
    private readonly RetryBudget _budget;
    private readonly Seldom _budgetIsSpent;
    private readonly CircuitBreakerStateProvider _breaker = new();
    private readonly ResiliencePipeline _pipeline;

    internal OutboundPipeline(string name, OutboundOptions options, TimeProvider clock, OutboundMetrics metrics, ILogger<OutboundPipeline> logger)
    {
        Name = name;
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _budget = new RetryBudget(options.RetryBudget, options.RetryFloor, clock);
        _budgetIsSpent = new Seldom(clock);
        _pipeline = Build();
        metrics.BreakerIs(name, BreakerState.Closed);
    }

    /// <summary>The name of the other system, in settings, metrics and logs.</summary>
    public string Name { get; }

    /// <summary>Calls the other system.</summary>
    /// <typeparam name="T">What it answers.</typeparam>
    /// <param name="call">
    /// One attempt, which heeds its token. An <see cref="IOException"/>, a socket's or TLS's exception and an <see cref="UpstreamException"/>
    /// count as a failure of the other system, any other exception as a fault of ours.
    /// </param>
    /// <param name="mayRetry">Whether it does no harm for the call to happen twice.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="UpstreamException">The other system failed, or was not called.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, bool mayRetry, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(call);
        var context = ResilienceContextPool.Shared.Get(cancel);
        context.Properties.Set(MayRetry, mayRetry);
        context.Properties.Set(Start, _clock.GetTimestamp());
        _budget.CountCall();

        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(AttemptAsync, context, call);

            if (outcome.Exception is BrokenCircuitException)
            {
                _metrics.Refused(Name, "breaker");
            }

            if (outcome.Exception is TimeoutRejectedException or BrokenCircuitException)
            {
                throw UpstreamFailures.Of(Name, outcome.Exception)!;
            }

            outcome.ThrowIfException();

            return outcome.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<Outcome<T>> AttemptAsync<T>(ResilienceContext context, Func<CancellationToken, ValueTask<T>> call)
    {
        try
        {
            return Outcome.FromResult(await call(context.CancellationToken));
        }
        catch (Exception exception)
        {
            return Outcome.FromException<T>(exception);
        }
    }

    private ResiliencePipeline Build()
    {
        var pipeline = new ResiliencePipelineBuilder { Name = Name, TimeProvider = _clock };
        pipeline.AddTimeout(_options.TotalTimeout);

        if (_options.Retries > 0)
        {
            pipeline.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = _options.Retries,
                Delay = _options.FirstRetry,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = attempt => ValueTask.FromResult(IsRepeated(attempt)),
                DelayGenerator = attempt => ValueTask.FromResult(RetryAfter(attempt.Outcome.Exception)),
            });
        }

        // The limit stands before the breaker, to which its refusals would look like successes.
        return pipeline
            .AddStrategy(_ => new ConcurrencyLimit(Name, _options.MaxConcurrency, _clock, _metrics, _logger))
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = _options.BreakerFailureRatio,
                MinimumThroughput = _options.BreakerMinimumAttempts,
                SamplingDuration = _options.BreakerWindow,
                BreakDuration = _options.BreakDuration,
                StateProvider = _breaker,
                ShouldHandle = attempt => ValueTask.FromResult(IsHeldAgainst(attempt.Outcome.Exception)),
                OnOpened = opened => Note(BreakerState.Open, () => _logger.BreakerOpened(Name, opened.BreakDuration)),
                OnHalfOpened = _ => Note(BreakerState.HalfOpen, () => _logger.BreakerProbes(Name)),
                OnClosed = _ => Note(BreakerState.Closed, () => _logger.BreakerClosed(Name)),
            })
            .AddStrategy(_ => new AttemptWatch(Name, _clock, _metrics, _logger))
            .AddTimeout(_options.AttemptTimeout)
            .Build();
    }

    // Asked of the last attempt too, which takes nothing out of the budget.
    private bool IsRepeated(RetryPredicateArguments<object> attempt)
    {
        if (attempt.AttemptNumber >= _options.Retries
            || attempt.Outcome.Exception is not UpstreamException { IsTransient: true } failure
            || !attempt.Context.Properties.GetValue(MayRetry, defaultValue: false)
            || failure.RetryAfter >= _options.TotalTimeout - _clock.GetElapsedTime(attempt.Context.Properties.GetValue(Start, 0)))
        {
            return false;
        }

        if (_budget.TryTake())
        {
            return true;
        }

        _metrics.Refused(Name, "retry_budget");

        if (_budgetIsSpent.IsDue())
        {
            _logger.BudgetSpent(Name);
        }

        return false;
    }

    // Who was told when to come back does so a little later, and not together with everybody else who was told the same.
    private TimeSpan? RetryAfter(Exception? exception) =>
        exception is UpstreamException { RetryAfter: { } wait } ? wait + (_options.FirstRetry * Random.Shared.NextDouble()) : null;

    // A probe that came to no result, since its caller gave up, would pass for a success.
    private bool IsHeldAgainst(Exception? exception) =>
        exception is UpstreamException { IsTransient: true } || (exception is not null && _breaker.CircuitState == CircuitState.HalfOpen);

    private ValueTask Note(BreakerState state, Action log)
    {
        _metrics.BreakerIs(Name, state);
        log();

        return ValueTask.CompletedTask;
    }
}
