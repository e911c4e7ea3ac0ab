using System.Globalization;
using HardenedService.Tests.Outbound;

namespace HardenedService.Tests.Documents;

/// <summary>What a reviewer does with a request.</summary>
internal static class ReviewerBehavior
{
    /// <summary>Fails, in one of the ways that reviewers do.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Failure(string name) => name switch
    {
        "reset" => FaultyServer.Reset,
        "hang" => FaultyServer.Hang,
        "302" => FaultyServer.Status(302, "Location: http://127.0.0.1:1/"),
        "429" => FaultyServer.Status(429, "Retry-After: 0"),
        _ => FaultyServer.Status(int.Parse(name, CultureInfo.InvariantCulture)),
    };

    /// <summary>One after the other; the last one from then on.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> InTurn(params Func<ReceivedRequest, Stream, CancellationToken, Task>[] behaviors)
    {
        var next = -1;

        return (request, stream, stop) => behaviors[Math.Min(Interlocked.Increment(ref next), behaviors.Length - 1)](request, stream, stop);
    }

    /// <summary>Waits for the test before it goes on.</summary>
    public static Func<ReceivedRequest, Stream, CancellationToken, Task> Waits(
        TaskCompletionSource reached, Task told, Func<ReceivedRequest, Stream, CancellationToken, Task> then) => async (request, stream, stop) =>
    {
        reached.TrySetResult();
        await told.WaitAsync(stop);
        await then(request, stream, stop);
    };
}
