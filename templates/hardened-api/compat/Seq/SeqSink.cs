using System.Diagnostics;
using System.Threading.Channels;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;

namespace Serilog.Sinks.Seq;

/// <summary>Queues events, and sends them in batches from a loop of its own.</summary>
internal sealed class SeqSink : ILogEventSink, IDisposable
{
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LevelCheckInterval = TimeSpan.FromMinutes(2);

    private readonly SeqClient _client;
    private readonly ClefFormatter _formatter;
    private readonly ServerLevel _level;
    private readonly int _batchLimit;
    private readonly RetrySchedule _schedule;
    private readonly Channel<LogEvent> _queue;
    private readonly Task _loop;

    // Shutdown has two steps: no more waiting for events or retries, and, later, no more waiting for answers.
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private bool _disposed;
    private bool _sentBefore;
    private int _failures;

    public SeqSink(SeqClient client, ClefFormatter formatter, ServerLevel level, int batchLimit, int queueLimit, RetrySchedule schedule)
    {
        (_client, _formatter, _level, _batchLimit, _schedule) = (client, formatter, level, batchLimit, schedule);
        _queue = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(queueLimit) { SingleReader = true });

        // The loop outlives whatever request or span the logger is made in.
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Queues an event, or drops it if the queue is full or the sink disposed.</summary>
    public void Emit(LogEvent logEvent)
    {
        if (_level.Includes(logEvent))
        {
            _queue.Writer.TryWrite(logEvent);
        }
    }

    /// <summary>Sends what is queued, and gives up on the rest in time.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _aborting.CancelAfter(FlushLimit);
        var stopped = _stopping.CancelAsync();
        _queue.Writer.Complete();

        // A message handler that does not heed cancellation is left behind.
        if (Task.WaitAll([stopped, _loop], ShutdownLimit))
        {
            _stopping.Dispose();
            _aborting.Dispose();
        }

        _client.Dispose();
    }

    private async Task RunAsync()
    {
        var batch = new List<LogEvent>();
        var going = true;
        while (going)
        {
            batch.Clear();
            await FillAsync(batch);

            // An empty batch asks for the level; the last one has nothing left to ask for.
            var delivered = (batch.Count == 0 && _stopping.IsCancellationRequested) || await DeliverAsync(batch);
            going = !_stopping.IsCancellationRequested || (delivered && _queue.Reader.TryPeek(out _));
        }

        if (_queue.Reader.Count > 0)
        {
            SelfLog.WriteLine("Seq: {0} events are dropped at shutdown.", _queue.Reader.Count);
        }
    }

    // Waits for a first event, and then for more until the period is over or the batch is full. The very first batch goes at once.
    private async Task FillAsync(List<LogEvent> batch)
    {
        if (!await ReadableWithinAsync(_level.IsFollowed ? LevelCheckInterval : null))
        {
            Take(batch);
            return;
        }

        var period = _sentBefore ? _schedule.Period : TimeSpan.Zero;
        _sentBefore = true;
        var start = Stopwatch.GetTimestamp();
        do
        {
            Take(batch);
        }
        while (batch.Count < _batchLimit && await ReadableWithinAsync(period - Stopwatch.GetElapsedTime(start)));
    }

    private void Take(List<LogEvent> batch)
    {
        while (batch.Count < _batchLimit && _queue.Reader.TryRead(out var logEvent))
        {
            batch.Add(logEvent);
        }
    }

    private async Task<bool> ReadableWithinAsync(TimeSpan? limit)
    {
        if (limit <= TimeSpan.Zero)
        {
            return false;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        waiting.CancelAfter(limit ?? Timeout.InfiniteTimeSpan);
        try
        {
            return await _queue.Reader.WaitToReadAsync(waiting.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Tries until Seq takes the batch, the schedule gives up, or the sink stops: then this try was the last.
    private async Task<bool> DeliverAsync(List<LogEvent> batch)
    {
        var events = _formatter.Format(batch);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var last = _stopping.IsCancellationRequested;
            try
            {
                _level.Follow(await _client.SendAsync(events, _aborting.Token));
                _failures = 0;
                return true;
            }
            catch (Exception error)
            {
                _failures++;
                SelfLog.WriteLine("Seq: a batch of {0} events was not taken: {1}", batch.Count, error);
            }

            if (last || _aborting.IsCancellationRequested || RetrySchedule.GivesUpAfter(Stopwatch.GetElapsedTime(start)))
            {
                SelfLog.WriteLine("Seq: a batch of {0} events is dropped.", batch.Count);
                return false;
            }

            await Task.Delay(_schedule.PauseAfter(_failures), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
