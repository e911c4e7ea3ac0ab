using HardenedService.Operations.Load;

namespace HardenedService.Tests.Load;

public sealed class LatencyHistogramTests
{
    private static readonly double[] Percentiles = [0.1, 1, 10, 50, 90, 99, 99.9, 99.99, 100];

    [Fact]
    public void A_percentile_is_within_a_thousandth_of_what_sorting_says()
    {
        var (random, histogram) = (new Random(11), new LatencyHistogram());

        // From ten microseconds to a hundred seconds, as many in each decade.
        var microseconds = Enumerable.Range(0, 100_000).Select(_ => Math.Floor(Math.Pow(10, 1 + (7 * random.NextDouble())))).ToList();
        microseconds.ForEach(value => histogram.Record(TimeSpan.FromMicroseconds(value)));
        microseconds.Sort();

        Assert.Equal(microseconds.Count, histogram.Count);
        Assert.All(Percentiles, percentile =>
        {
            var exact = microseconds[Math.Max(0, (int)Math.Round(percentile / 100 * microseconds.Count) - 1)] / 1000;
            Assert.InRange(histogram.Percentile(percentile), exact * 0.999, exact * 1.001);
        });
    }

    [Fact]
    public void What_is_out_of_range_counts_as_its_end()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromMilliseconds(-1));
        histogram.Record(TimeSpan.FromDays(1));

        Assert.Equal(2, histogram.Count);
        Assert.InRange(histogram.Percentile(50), 0.001, 0.002);
        Assert.InRange(histogram.Max, 599_000, 601_000);
    }

    [Fact]
    public void Of_nothing_it_says_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromSeconds(1));
        histogram.Reset();

        Assert.Equal((0L, 0.0, 0.0), (histogram.Count, histogram.Percentile(99), histogram.Max));
    }
}
