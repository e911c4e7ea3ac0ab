namespace Serilog.Sinks.Seq;

/// <summary>When to send: each period while Seq answers, and at growing intervals while it does not.</summary>
internal sealed record RetrySchedule(TimeSpan Period)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(10);

    /// <summary>The pause after so many failures in a row: the period, then 10, 20, 40 s, then a minute each.</summary>
    public TimeSpan PauseAfter(int failures)
    {
        if (failures <= 1)
        {
            return Period;
        }

        var backoff = Max(Period, FirstBackoff) * Math.Pow(2, Math.Min(failures - 1, 10));
        return Max(Period, backoff < LongestBackoff ? backoff : LongestBackoff);
    }

    /// <summary>Whether a batch that has failed for so long is to be dropped.</summary>
    public static bool GivesUpAfter(TimeSpan failing) => failing >= GiveUpAfter;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
