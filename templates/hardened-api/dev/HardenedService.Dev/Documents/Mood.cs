using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;

namespace HardenedService.Dev.Documents;

/// <summary>How a fake behaves, so that one sees what a service makes of it. The shares are drawn anew for each call, in this order.</summary>
internal sealed record Mood
{
    /// <summary>How long it takes to answer, in milliseconds. Default: 200.</summary>
    [Range(0, 600_000)]
    public int Latency { get; init; } = 200;

    /// <summary>The share of calls, 0 to 1, that it never answers.</summary>
    [Range(0.0, 1.0)]
    public double Hangs { get; init; }

    /// <summary>The share of the rest that it answers with a failure.</summary>
    [Range(0.0, 1.0)]
    public double Errors { get; init; }

    /// <summary>The share of the rest that it answers with garbage.</summary>
    [Range(0.0, 1.0)]
    public double Garbage { get; init; }

    /// <summary>Takes its time, and decides.</summary>
    public async Task<Turn> TakeAsync(CancellationToken stop)
    {
        if (Falls(Hangs))
        {
            await Task.Delay(Timeout.Infinite, stop);
        }

        await Task.Delay(Latency, stop);

        return Falls(Errors) ? Turn.Error : Falls(Garbage) ? Turn.Garbage : Turn.Answer;
    }

    private static bool Falls(double share) => RandomNumberGenerator.GetInt32(1_000_000) < share * 1_000_000;
}

/// <summary>What becomes of one call.</summary>
internal enum Turn
{
    /// <summary>A good answer.</summary>
    Answer,

    /// <summary>A failure.</summary>
    Error,

    /// <summary>Something that is no answer.</summary>
    Garbage,
}
