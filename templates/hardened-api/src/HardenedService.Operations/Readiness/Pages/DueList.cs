using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Readiness.Pages;

/// <summary>What is open, in the order in which it is due: the musts that nobody has put off, what has a day, and what a release that is still to come gives one.</summary>
internal static class DueList
{
    public static Markup Render(ReadinessReport report)
    {
        var today = DateOnly.FromDateTime(report.At.UtcDateTime);
        var open = report.Rows.Where(row => !row.IsMet).ToLookup(row => DayOf(report, row));
        var due = open[null].Where(row => row.Concern.Tier is Tier.Must).Select(row => Item(row, Html($"""<strong class="bad">now</strong>, before anybody depends on it""")))
            .Concat(open.Where(day => day.Key is not null).OrderBy(day => day.Key).SelectMany(day => day.Select(row => Item(row, PageWords.Day(day.Key!.Value, today)))))
            .Concat(open[null].Where(row => row.Concern.Tier is Tier.ThirtyDays).Select(row => Item(row, Html($"{ReadinessReport.GraceDays} days after the first release"))))
            .ToList();
        var closed = report.Rows.Where(row => row.Status is CheckStatus.Pass && row.Gap is not null).Select(row => row.Concern.Id).ToList();

        return Html($"""
            {(due.Count == 0 ? Html($"<p>Nothing is due.</p>") : Html($"""
                <ol class="items">
                {All(due)}
                </ol>
                """))}
            {(closed.Count == 0 ? None : Html($"<p>Closed meanwhile, to be taken out of {ReadinessFile.Name}: {string.Join(", ", closed)}.</p>"))}
            """);
    }

    // What is open without a gap has the day that the first release gives it; a must has none.
    private static DateOnly? DayOf(ReadinessReport report, ReadinessRow row) =>
        row.GapInForce?.Due ?? (row.Concern.Tier is Tier.ThirtyDays ? report.FirstRelease?.AddDays(ReadinessReport.GraceDays) : null);

    private static Markup Item(ReadinessRow row, Markup day) => Html($"""
        <li class="{PageWords.Class(row)}"><h3>{row.Concern.Title}</h3> {PageWords.Status(row)}
        <dl>
        <dt>Due</dt><dd>{day}</dd>
        {(row.GapInForce is { } gap ? Html($"""
            <dt>Owner</dt><dd><bdi>{gap.Owner}</bdi></dd>
            <dt>Why it is open</dt><dd>{gap.Reason.Replace('-', ' ')}</dd>
            <dt>Until then</dt><dd><bdi>{gap.Compensation}</bdi></dd>
            """) : Html($"<dt>Owner</dt><dd>nobody has taken it on</dd>"))}
        </dl></li>
        """);
}
