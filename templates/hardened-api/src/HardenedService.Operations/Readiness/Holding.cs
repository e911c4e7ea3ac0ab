namespace HardenedService.Operations.Readiness;

/// <summary>What was so once holds for a time.</summary>
internal static class Holding
{
    /// <summary>Judges what was found then, unless that is too long ago.</summary>
    /// <param name="concern">With the time for which it holds.</param>
    /// <param name="at">When it was found.</param>
    /// <param name="age">How long ago that is.</param>
    /// <param name="judge">Whether it is good enough.</param>
    public static Finding Judge(Concern concern, DateTimeOffset at, TimeSpan age, Func<Finding> judge)
    {
        var when = FormattableString.Invariant($"{at.UtcDateTime:yyyy-MM-dd}, {age.Days} days ago");

        if (age < TimeSpan.Zero)
        {
            return new(CheckStatus.Error, FormattableString.Invariant($"it is from the future, {at.UtcDateTime:yyyy-MM-dd HH:mm}"));
        }

        if (age > concern.Holds)
        {
            return new(CheckStatus.Stale, FormattableString.Invariant($"{when}; it holds for {concern.Holds.Value.TotalDays:0} days"));
        }

        var finding = judge();

        return finding with { Evidence = finding.Evidence.Length > 0 ? $"{when}: {finding.Evidence}" : when };
    }
}
