using HardenedService.Operations.Load;

namespace HardenedService.Tests.Load;

public sealed class ArrivalsTests
{
    [Fact]
    public void They_come_at_the_rate_and_without_regard_to_one_another()
    {
        const int Number = 100_000;
        var arrivals = new Arrivals(50, new Random(3));
        var times = Enumerable.Range(0, Number).Select(_ => arrivals.Next().TotalSeconds).ToList();
        var pauses = times.Zip(times.Skip(1), (one, next) => next - one).ToList();
        var mean = pauses.Average();

        Assert.InRange(times[^1], 0.98 * Number / 50, 1.02 * Number / 50);

        // Exponential: as spread as they are long, and more than one in three shorter than a half of 1/rate.
        Assert.InRange(Math.Sqrt(pauses.Average(pause => Math.Pow(pause - mean, 2))) / mean, 0.98, 1.02);
        Assert.InRange(pauses.Count(pause => pause < 0.01) / (double)Number, 0.38, 0.41);
    }
}
