using HardenedService.Operations.Readiness;

namespace HardenedService.Tests.Readiness;

/// <summary>One is not several.</summary>
public sealed class CountedTests
{
    [Theory]
    [InlineData(0, "0 days")]
    [InlineData(0.5, "0.5 days")]
    [InlineData(0.96, "1 day")]
    [InlineData(1, "1 day")]
    [InlineData(1.04, "1 day")]
    [InlineData(1.06, "1.1 days")]
    [InlineData(2, "2 days")]
    public void A_number_is_of_one_or_of_several(double count, string text) => Assert.Equal(text, Counted.Of(count, "day"));

    [Theory]
    [InlineData(1, "1 account has")]
    [InlineData(12, "12 accounts have")]
    public void Several_may_have_words_of_their_own(double count, string text) => Assert.Equal(text, Counted.Of(count, "account has", "accounts have"));

    [Theory]
    [InlineData(1, "1 hour")]
    [InlineData(24, "1 day")]
    [InlineData(30, "30 hours")]
    [InlineData(48, "2 days")]
    [InlineData(-0.05, "0 hours")]
    public void A_time_is_told_in_days_unless_hours_tell_more(double hours, string text) => Assert.Equal(text, Holding.Words(TimeSpan.FromHours(hours)));
}
