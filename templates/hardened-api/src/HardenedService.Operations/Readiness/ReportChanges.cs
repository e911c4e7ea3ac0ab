namespace HardenedService.Operations.Readiness;

/// <summary>What is different from the report before.</summary>
/// <param name="Title">Of the check.</param>
/// <param name="What">What became of it, in a few words.</param>
/// <param name="Course">Where it goes.</param>
internal sealed record Change(string Title, string What, Course Course);

/// <summary>Whether a change is a good one.</summary>
internal enum Course
{
    Worse,
    Other,
    Better,
}

internal static class ReportChanges
{
    /// <summary>The bad ones first. Of two reports that are not alike, what both have.</summary>
    public static IReadOnlyList<Change> Between(EarlierReport earlier, ReadinessReport report)
    {
        var before = earlier.Checks.ToLookup(row => row.Id);
        var now = report.Rows.Select(row => row.Concern.Id).ToHashSet();
        var changed = report.Rows.SelectMany(row => before[row.Concern.Id].Take(1).SelectMany(old => Between(old, row)));
        var came = report.Rows.Where(row => !before.Contains(row.Concern.Id)).Select(New);
        var gone = earlier.Checks.Where(row => !now.Contains(row.Id)).Select(row => new Change(row.Title, $"was {row.Word}, is not in this report", Course.Other));

        return [.. (earlier.IsAlike(report) ? changed.Concat(came).Concat(gone) : changed).OrderBy(change => change.Course)];
    }

    private static Change New(ReadinessRow row) => new(row.Concern.Title, $"is looked at for the first time: {StatusWords.Of(row)}", row.IsBlocking ? Course.Worse : Course.Other);

    private static IEnumerable<Change> Between(EarlierRow old, ReadinessRow row)
    {
        var (title, was, word) = (row.Concern.Title, old.Word, StatusWords.Of(row));

        if (was != word)
        {
            yield return new(title, $"was {was}, is {word}", CourseOf(old, row));
        }
        else if (!old.IsBlocking && row.IsBlocking)
        {
            yield return new(title, $"is {word} as before, and in the way since the {ReadinessReport.GraceDays} days after the first release are over", Course.Worse);
        }

        if (old.Gap is { } then && row.Gap is { } gap)
        {
            if (then.Due != gap.Due)
            {
                yield return new(
                    title, FormattableString.Invariant($"its gap was due on {then.Due:yyyy-MM-dd}, and is now on {gap.Due:yyyy-MM-dd}"), gap.Due > then.Due ? Course.Worse : Course.Other);
            }

            if (then.Owner != gap.Owner)
            {
                yield return new(title, $"its gap was owned by {then.Owner}, and is now by {gap.Owner}", Course.Other);
            }
        }
    }

    private static Course CourseOf(EarlierRow old, ReadinessRow row) =>
        row.IsBlocking && !old.IsBlocking ? Course.Worse
        : row.IsMet || (old.IsBlocking && !row.IsBlocking) ? Course.Better
        : old.Status == StatusWords.Of(CheckStatus.Pass) ? Course.Worse
        : Course.Other;
}
