using System.Collections.Concurrent;
using HardenedService.Platform.Hosting;

namespace HardenedService.Tests.Hosting;

/// <summary>Workers that do what no worker should, and a clock for those who watch them.</summary>
internal static class PlantedWorkers
{
    internal sealed class Failing : IWorker
    {
        public Task<TimeSpan> PassAsync(CancellationToken stopping) => throw new InvalidDataException("planted");
    }

    internal sealed class FailingTwiceOfThree : IWorker
    {
        private int _passes;

        public Task<TimeSpan> PassAsync(CancellationToken stopping) =>
            ++_passes % 3 == 0 ? Task.FromResult(TimeSpan.FromSeconds(7)) : throw new InvalidDataException("planted");
    }

    internal sealed class Odd : IWorker
    {
        private int _passes;

        public int Passes => _passes;

        public Task<TimeSpan> PassAsync(CancellationToken stopping) => Interlocked.Increment(ref _passes) switch
        {
            1 => throw new OperationCanceledException("of its own"),
            2 => Task.FromResult(TimeSpan.FromDays(-1)),
            3 => Task.FromResult(TimeSpan.MaxValue),
            _ => Task.FromResult(TimeSpan.FromSeconds(1)),
        };
    }

    internal sealed class Hanging : IWorker
    {
        public Task<TimeSpan> PassAsync(CancellationToken stopping) => new TaskCompletionSource<TimeSpan>().Task;
    }

    internal sealed class Unmakeable : IWorker
    {
        public Unmakeable() => throw new InvalidDataException("planted");

        public Task<TimeSpan> PassAsync(CancellationToken stopping) => Task.FromResult(TimeSpan.Zero);
    }

    internal sealed class Patient : IWorker
    {
        public TaskCompletionSource Begun { get; } = new();

        public async Task<TimeSpan> PassAsync(CancellationToken stopping)
        {
            Begun.SetResult();
            await Task.Delay(Timeout.Infinite, stopping);

            return TimeSpan.Zero;
        }
    }

    /// <summary>Notes how long each pause was meant to be, and makes none.</summary>
    internal sealed class HastyClock : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Enqueue(dueTime);

            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
