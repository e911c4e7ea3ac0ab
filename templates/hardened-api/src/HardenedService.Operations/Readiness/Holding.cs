namespace HardenedService.Operations.Readiness;

/// <summary>What was so once holds for a time.</summary>
internal static class Holding
{
    /// <summary>By how much two clocks may differ: what is further ahead is from the future.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Judges what was found then, unless that is too long ago.</summary>
    /// <param name="concern">With the time for which it holds.</param>
    /// <param name="at">When it was found.</param>
    /// <param name="age">How long ago that is.</param>
    /// <param name="judge">Whether it is good enough.</param>
    public static Finding Judge(Concern concern, DateTimeOffset at, TimeSpan age, Func<Finding> judge)
    {
        var when = FormattableString.Invariant($"{at.UtcDateTime:yyyy-MM-dd}, {Words(age)} ago");

        if (age < -ClockSkew)
        {
            return new(CheckStatus.Error, FormattableString.Invariant($"it is from the future, {at.UtcDateTime:yyyy-MM-dd HH:mm}"));
        }

        if (age > concern.Holds)
        {
            return new(CheckStatus.Stale, FormattableString.Invariant($"{when}; it holds for {Words(concern.Holds.Value)}"));
        }

        var finding = judge();

        return finding with { Evidence = finding.Evidence.Length > 0 ? $"{when}: {finding.Evidence}" : when };
    }

    /// <summary>A time in days, or in hours where it is short and these tell more.</summary>
    public static string Words(TimeSpan time) =>
        time.TotalDays >= 2 || time == TimeSpan.FromDays(1) ? Counted.Of(time.Days, "day") : Counted.Of(Math.Max(0, time.TotalHours), "hour");
}
