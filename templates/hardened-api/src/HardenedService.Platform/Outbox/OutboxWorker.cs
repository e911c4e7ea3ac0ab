using System.Collections.Concurrent;
using System.Security.Cryptography;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbox;

/// <summary>
/// Claims a due message whenever its kind has a free place, hands it to its handler, and records what came of it. Deliveries go on beside the
/// passes; each one that ends brings about the next pass.
/// </summary>
internal sealed partial class OutboxWorker(
    OutboxQueue queue,
    OutboxSignal signal,
    OutboxMetrics metrics,
    IEnumerable<OutboxRegistration> registrations,
    IDataProtectionProvider protection,
    IOptions<OutboxOptions> options,
    IOptions<ShutdownOptions> shutdown,
    ILogger<OutboxWorker> logger)
    : IWorker, IDisposable
{
    // What another system may ask for; also what an interval of the database can hold.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    private readonly Dictionary<string, OutboxKind> _kinds =
        registrations.Select(registration => new OutboxKind(registration, options.Value)).ToDictionary(kind => kind.Name);

    private readonly IDataProtector _protector = protection.CreateProtector(Outbox.Purpose);
    private readonly ConcurrentQueue<OutboxOutcome> _outcomes = new();
    private readonly CancellationTokenSource _givingUp = new();

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        await ExchangeAsync([.. _kinds.Values.Where(kind => kind.FreePlaces > 0)]);
        await signal.WaitAsync(options.Value.PollInterval, stopping);

        return TimeSpan.Zero;
    }

    /// <summary>
    /// What is being delivered may take half of the shutdown time to end: other workers stop after this one. The rest is handed back, so that
    /// another replica need not wait for the lease.
    /// </summary>
    public async Task FinishAsync(CancellationToken deadline)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        patience.CancelAfter(shutdown.Value.Timeout / 2);
        await AllIdleAsync(patience.Token);
        await _givingUp.CancelAsync();

        // A handler that does not heed its token is left to the lease.
        using var lastMoment = new CancellationTokenSource(shutdown.Value.Timeout / 10);
        await AllIdleAsync(lastMoment.Token);
        await ExchangeAsync([]);
    }

    public void Dispose() => _givingUp.Dispose();

    private async Task AllIdleAsync(CancellationToken patience)
    {
        try
        {
            while (!_kinds.Values.All(kind => kind.IsIdle))
            {
                await signal.WaitAsync(options.Value.PollInterval, patience);
            }
        }
        catch (OperationCanceledException)
        {
            // Some are at it still.
        }
    }

    private async Task ExchangeAsync(IReadOnlyCollection<OutboxKind> kinds)
    {
        var lease = Guid.CreateVersion7();
        var outcomes = _outcomes.ToArray();
        var (claimed, lost) = await queue.ExchangeAsync(outcomes, lease, kinds);

        // Recorded. If that fails, they are kept for the next pass: their messages stay this worker's for the length of the lease.
        foreach (var _ in outcomes)
        {
            _outcomes.TryDequeue(out var _);
        }

        if (lost > 0)
        {
            LogLost(lost);
        }

        foreach (var message in claimed)
        {
            var kind = _kinds[message.Kind];
            kind.Take();
            _ = Task.Run(() => DeliverAsync(kind, message, lease), CancellationToken.None);
        }
    }

    private async Task DeliverAsync(OutboxKind kind, OutboxMessage message, Guid lease)
    {
        using var span = OutboxTraces.Deliver(message);
        var outcome = await AttemptAsync(kind, message, lease);
        OutboxTraces.End(span, outcome);
        metrics.Attempted(kind.Name, outcome.Result);
        _outcomes.Enqueue(outcome);
        kind.Free();
        signal.Set();
    }

    private async Task<OutboxOutcome> AttemptAsync(OutboxKind kind, OutboxMessage message, Guid lease)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_givingUp.Token);
        timeout.CancelAfter(kind.DeliveryTimeout);

        try
        {
            // Nobody lived to record what became of the attempts so far: it may be this message that kills the process.
            if (message.Attempt > kind.MaxAttempts)
            {
                throw new UndeliverableException("No attempt came to an end.");
            }

            timeout.Token.ThrowIfCancellationRequested();
            var payload = _protector.TryUnprotect(message.Payload) ?? throw new UndeliverableException("No key opens the payload.");
            await kind.Handler.DeliverAsync(message.Id, payload, timeout.Token);

            return new(message.Id, lease, OutboxResult.Delivered);
        }
        catch (OperationCanceledException) when (_givingUp.IsCancellationRequested)
        {
            return new(message.Id, lease, OutboxResult.Released);
        }
        catch (Exception exception)
        {
            var failure = OutboxFailure.Of(exception);

            if (failure.IsFinal || message.Attempt >= kind.MaxAttempts)
            {
                LogParked(message.Id, message.Kind, message.Attempt, failure.Error);

                return new(message.Id, lease, OutboxResult.Parked, failure.Error);
            }

            LogRetry(message.Id, message.Kind, message.Attempt, failure.Error);

            return new(message.Id, lease, OutboxResult.Retried, failure.Error, Wait(message.Attempt, failure.RetryAfter));
        }
    }

    // Exponential, with full jitter over its upper half: replicas do not come back all at once. Whoever told when to come back is not
    // bothered earlier.
    private TimeSpan Wait(int attempt, TimeSpan? retryAfter)
    {
        var ceiling = Math.Min(options.Value.FirstRetry.TotalSeconds * Math.Pow(2, attempt - 1), options.Value.LongestRetry.TotalSeconds);
        var backoff = ceiling * (1 + RandomNumberGenerator.GetInt32(1000) / 1000d) / 2;
        var asked = Math.Min((retryAfter ?? TimeSpan.Zero).TotalSeconds, LongestRetryAfter.TotalSeconds);

        return TimeSpan.FromSeconds(Math.Max(backoff, asked));
    }

    [LoggerMessage(EventId = 1202, EventName = "DeliveryFailed", Level = LogLevel.Warning, Message = "Message {Id} of kind {Kind} failed at attempt {Attempt} and will be tried again: {Error}")]
    private partial void LogRetry(Guid id, string kind, int attempt, string error);

    [LoggerMessage(EventId = 1203, EventName = "MessageParked", Level = LogLevel.Error, Message = "Message {Id} of kind {Kind} was parked after attempt {Attempt}: {Error}")]
    private partial void LogParked(Guid id, string kind, int attempt, string error);

    [LoggerMessage(EventId = 1204, EventName = "LeasesLost", Level = LogLevel.Warning, Message = "The leases of {Count} messages had run out before what came of them was recorded; they may be delivered twice")]
    private partial void LogLost(int count);
}
