using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Readiness.Pages;

/// <summary>What is open and has a day, the earliest first.</summary>
internal static class DueList
{
    public static Markup Render(ReadinessReport report)
    {
        var today = DateOnly.FromDateTime(report.At.UtcDateTime);
        var due = report.Rows.Where(row => !row.IsMet && DayOf(report, row) is not null).OrderBy(row => DayOf(report, row)).ToList();
        var closed = report.Rows.Where(row => row.IsMet && row.Gap is not null).Select(row => row.Concern.Id).ToList();

        return Html($"""
            {(due.Count == 0 ? Html($"<p>Nothing has a day.</p>") : Html($"""
                <ol class="items">
                {All(due.Select(row => Item(row, DayOf(report, row)!.Value, today)))}
                </ol>
                """))}
            {(closed.Count == 0 ? None : Html($"<p>Closed meanwhile, to be taken out of {ReadinessFile.Name}: {string.Join(", ", closed)}.</p>"))}
            """);
    }

    // What is open without a gap has the day that the first release gives it.
    private static DateOnly? DayOf(ReadinessReport report, ReadinessRow row) =>
        row.Gap?.Due ?? (row.Concern.Tier is Tier.ThirtyDays ? report.FirstRelease?.AddDays(ReadinessReport.GraceDays) : null);

    private static Markup Item(ReadinessRow row, DateOnly day, DateOnly today) => Html($"""
        <li class="{PageWords.Class(row)}"><h3>{row.Concern.Title}</h3> {PageWords.Status(row)}
        <dl>
        <dt>Due</dt><dd>{PageWords.Day(day, today)}</dd>
        {(row.Gap is { } gap ? Html($"""
            <dt>Owner</dt><dd><bdi>{gap.Owner}</bdi></dd>
            <dt>Why it is open</dt><dd>{gap.Reason.Replace('-', ' ')}</dd>
            <dt>Until then</dt><dd><bdi>{gap.Compensation}</bdi></dd>
            """) : Html($"<dt>Owner</dt><dd>nobody has taken it on</dd>"))}
        </dl></li>
        """);
}
