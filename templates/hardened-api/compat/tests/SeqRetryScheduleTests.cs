using Serilog.Sinks.Seq;

namespace HardenedService.Tests.Compat;

public sealed class SeqRetryScheduleTests
{
    [Fact]
    public void Pauses_grow_to_a_minute()
    {
        var schedule = new RetrySchedule(TimeSpan.FromSeconds(2));

        Assert.Equal([2, 10, 20, 40, 60, 60], Enumerable.Range(1, 6).Select(failures => schedule.PauseAfter(failures).TotalSeconds));
        Assert.Equal(TimeSpan.FromMinutes(1), schedule.PauseAfter(int.MaxValue));
    }

    [Fact]
    public void A_pause_is_no_shorter_than_the_period() =>
        Assert.Equal(TimeSpan.FromMinutes(5), new RetrySchedule(TimeSpan.FromMinutes(5)).PauseAfter(3));

    [Theory]
    [InlineData(9.9, false)]
    [InlineData(10, true)]
    public void A_batch_is_given_up_after_ten_minutes(double minutes, bool given) =>
        Assert.Equal(given, RetrySchedule.GivesUpAfter(TimeSpan.FromMinutes(minutes)));
}
