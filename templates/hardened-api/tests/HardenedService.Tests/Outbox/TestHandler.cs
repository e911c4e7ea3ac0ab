using System.Collections.Concurrent;
using System.Text.Json;
using HardenedService.Platform.Outbox;

namespace HardenedService.Tests.Outbox;

/// <summary>Delivers texts, and notes when. What else happens with one is for the test to say.</summary>
internal sealed class TestHandler(string kind) : IOutboxHandler
{
    private int _atOnce;

    public string Kind => kind;

    /// <summary>What a delivery does; by default it succeeds at once.</summary>
    public Func<string, CancellationToken, Task> Deliver { get; set; } = (_, _) => Task.CompletedTask;

    public ConcurrentQueue<string> Begun { get; } = new();

    public ConcurrentQueue<string> Delivered { get; } = new();

    public int MostAtOnce { get; private set; }

    public async Task DeliverAsync(Guid id, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var text = JsonSerializer.Deserialize<string>(payload.Span)!;

        lock (Begun)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            Begun.Enqueue(text);
        }

        try
        {
            await Deliver(text, cancel);
            Delivered.Enqueue(text);
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }
}
