using System.Security.Cryptography;
using HardenedService.Platform.Hosting;
using HardenedService.Platform.Outbound;
using HardenedService.Platform.Security;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HardenedService.Platform.Outbox;

/// <summary>Claims due messages, hands each to its handler, and records what came of it.</summary>
internal sealed partial class OutboxWorker(
    OutboxQueue queue,
    IEnumerable<IOutboxHandler> handlers,
    IDataProtectionProvider protection,
    IOptions<OutboxOptions> options,
    TimeProvider clock,
    ILogger<OutboxWorker> logger)
    : IWorker
{
    private readonly Dictionary<string, IOutboxHandler> _handlers = handlers.ToDictionary(handler => handler.Kind);
    private readonly IDataProtector _protector = protection.CreateProtector(Outbox.Purpose);

    /// <summary>When the table was last read without an error.</summary>
    public DateTimeOffset LastPass { get; private set; } = clock.GetUtcNow();

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        var lease = Guid.CreateVersion7();
        var messages = await queue.ClaimAsync(lease, options.Value.Lease, options.Value.BatchSize, stopping);
        LastPass = clock.GetUtcNow();

        // Without the token: each message that was claimed is delivered, retried later or handed back, never just dropped.
        await Parallel.ForEachAsync(
            messages,
            new ParallelOptions { MaxDegreeOfParallelism = options.Value.Concurrency, CancellationToken = CancellationToken.None },
            async (message, _) => await DeliverAsync(message, lease, stopping));

        return messages.Count == options.Value.BatchSize ? TimeSpan.Zero : options.Value.PollInterval;
    }

    private async Task DeliverAsync(OutboxMessage message, Guid lease, CancellationToken stopping)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(options.Value.DeliveryTimeout);

        try
        {
            timeout.Token.ThrowIfCancellationRequested();
            var handler = _handlers.GetValueOrDefault(message.Kind) ?? throw new UndeliverableException("No handler for this kind.");
            var payload = _protector.TryUnprotect(message.Payload) ?? throw new UndeliverableException("No key opens the payload.");
            await handler.DeliverAsync(message.Id, payload, timeout.Token);
            await queue.CompleteAsync(message.Id, lease);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await queue.ReleaseAsync(message.Id, lease);
        }
        catch (Exception exception)
        {
            await FailAsync(message, lease, exception);
        }
    }

    private async Task FailAsync(OutboxMessage message, Guid lease, Exception exception)
    {
        // Of a stranger's exception the type alone, here and in the log: its text can quote the address that the mail was for.
        var error = exception is DeliveryException or UpstreamException ? exception.Message : exception.GetType().Name;

        if (message.Attempt >= options.Value.MaxAttempts || exception is UndeliverableException)
        {
            LogParked(message.Id, message.Kind, message.Attempt, error);
            await queue.ParkAsync(message.Id, lease, error);
            return;
        }

        LogRetry(message.Id, message.Kind, message.Attempt, error);
        await queue.RetryAsync(message.Id, lease, Backoff(message.Attempt), error);
    }

    // Exponential, with full jitter over its upper half: replicas do not come back all at once.
    private TimeSpan Backoff(int attempt)
    {
        var ceiling = Math.Min(options.Value.FirstRetry.TotalSeconds * Math.Pow(2, attempt - 1), options.Value.LongestRetry.TotalSeconds);

        return TimeSpan.FromSeconds(ceiling * (1 + RandomNumberGenerator.GetInt32(1000) / 1000d) / 2);
    }

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning, Message = "Message {Id} of kind {Kind} failed at attempt {Attempt} and will be tried again: {Error}")]
    private partial void LogRetry(Guid id, string kind, int attempt, string error);

    [LoggerMessage(EventId = 1203, Level = LogLevel.Error, Message = "Message {Id} of kind {Kind} was parked after attempt {Attempt}: {Error}")]
    private partial void LogParked(Guid id, string kind, int attempt, string error);
}
