namespace HardenedService.Operations.Load;

/// <summary>
/// When people come: by themselves, each without regard to the others and to how fast the service answers, which makes it a Poisson process. A client
/// that waits for an answer before it asks again would ask less the slower the service gets, and hide just that.
/// </summary>
/// <param name="rate">How many come in a second, on average.</param>
/// <param name="random">What it is drawn from.</param>
internal sealed class Arrivals(double rate, Random random)
{
    private double _seconds;

    /// <summary>When the next one comes, counted from the start.</summary>
    public TimeSpan Next()
    {
        // 1 - u, since u can be 0.
        _seconds += -Math.Log(1 - random.NextDouble()) / rate;

        return TimeSpan.FromSeconds(_seconds);
    }
}
