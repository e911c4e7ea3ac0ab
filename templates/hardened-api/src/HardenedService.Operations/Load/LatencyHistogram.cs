using HdrHistogram;

namespace HardenedService.Operations.Load;

/// <summary>How long answers took: any number of them in constant memory, from a microsecond to ten minutes, each to within 0.1 %.</summary>
internal sealed class LatencyHistogram
{
    private const int Digits = 3;
    private const long Highest = 10 * 60 * 1_000_000L;

    private readonly LongHistogram _microseconds = new(Highest, Digits);

    public long Count => _microseconds.TotalCount;

    /// <summary>The longest, in milliseconds; 0 if there is none.</summary>
    public double Max => Percentile(100);

    /// <summary>What is outside of the range counts as its nearest end.</summary>
    public void Record(TimeSpan latency) => _microseconds.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, Highest));

    /// <summary>So many of a hundred took no longer, in milliseconds; 0 if there is none.</summary>
    public double Percentile(double percentile) => Count == 0 ? 0 : _microseconds.GetValueAtPercentile(percentile) / 1000.0;

    public void Reset() => _microseconds.Reset();
}
