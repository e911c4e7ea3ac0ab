using HardenedService.Operations.Pages;
using static HardenedService.Operations.Pages.Markup;

namespace HardenedService.Operations.Readiness.Pages;

/// <summary>The report as a page, for whoever decides: what came of it first, and how each thing was found out last.</summary>
internal static class ReadinessPage
{
    /// <summary>The whole file.</summary>
    /// <param name="report">What came of it.</param>
    /// <param name="earlier">The report that it is compared with; null for none.</param>
    public static string Render(ReadinessReport report, EarlierReport? earlier) => PageFile.Render(
        report.Scope.IsCandidate ? $"May {PageFile.Service} be deployed?" : $"Is {PageFile.Service} ready?",
        Header(report),
        [
            new("stand", "Where we stand", Stand(report)),
            new("way", "What stands in the way", Blocking(report)),
            .. LeftOut(report),
            new("changed", "What changed", Changes(report, earlier)),
            new("due", "What is due when", DueList.Render(report)),
            new("checks", "What was looked at", CheckList.Render(report)),
        ]);

    private static Markup Header(ReadinessReport report) => Html($"""
        <h1>{(report.Scope.IsCandidate ? $"May this build of {PageFile.Service} be deployed?" : $"Is {PageFile.Service} ready for people to depend on?")}</h1>
        <p class="verdict {(report.IsReady ? "good" : "bad")}">{PageWords.Mark(report.IsReady ? "✓" : "✕")} {StatusWords.Verdict(report)}</p>
        <p class="soft">As of {PageWords.Moment(report.At)}. It is about {SubjectOf(report)}. {Clock(report)}</p>
        """);

    private static Markup SubjectOf(ReadinessReport report) => PageWords.Subject(StatusWords.Of(report.Scope), report.Scope.IsCandidate, report.Service);

    private static Markup Clock(ReadinessReport report) => report.FirstRelease is { } day
        ? Html($"First released on <time>{day}</time>{(report.IsFirstReleaseRecorded ? $", as was recorded ({ReadinessFile.Name} names no day)" : "")}: what may follow within {ReadinessReport.GraceDays} days is due on <time>{day.AddDays(ReadinessReport.GraceDays)}</time>.")
        : Html($"Not released yet, as far as {ReadinessFile.Name} says.");

    private static Markup Stand(ReadinessReport report) => Html($"""
        <table class="stand">
        <caption>There is no average: a single must that does not hold is enough for a no.</caption>
        <thead>
        <tr><th scope="col">When</th><th scope="col">Pass</th><th scope="col">Waived</th><th scope="col">Open</th><th scope="col">In the way</th><th scope="col">N/a</th></tr>
        </thead>
        <tbody>
        {All(report.Rows.GroupBy(row => row.Tier).Select(tier => Stand(tier.Key, [.. tier])))}
        </tbody>
        </table>
        <details>
        <summary>What the words mean</summary>
        <dl>
        <dt>pass</dt><dd>It was looked at, and holds.</dd>
        <dt>waived</dt><dd>It does not hold, the team says so, and somebody has taken it on until a day that is still to come.</dd>
        <dt>open</dt><dd>It does not hold, and need not yet.</dd>
        <dt>in the way</dt><dd>It has to hold, and does not: it <em>fails</em>; it is an <em>error</em>, which means that nobody can tell; it is <em>stale</em>, since the proof is too old; or the team's own day for it is <em>overdue</em>.</dd>
        <dt>n/a</dt><dd>It does not apply here.</dd>
        </dl>
        </details>
        """);

    private static Markup Stand(Tier tier, IReadOnlyList<ReadinessRow> rows) => Html($"""
        <tr>
        <th scope="row">{PageWords.Of(tier)}<span class="marks" aria-hidden="true">{All(rows.Select(PageWords.MarkOf))}</span></th>
        <td>{rows.Count(row => row.Status is CheckStatus.Pass)}</td>
        <td>{rows.Count(row => row.Status is CheckStatus.Waived)}</td>
        <td>{rows.Count(row => !row.IsMet && !row.IsBlocking && row.Status is not CheckStatus.Waived)}</td>
        <td>{rows.Count(row => row.IsBlocking)}</td>
        <td>{rows.Count(row => row.Status is CheckStatus.NotApplicable)}</td>
        </tr>
        """);

    private static Markup Blocking(ReadinessReport report) => report.IsReady
        ? Html($"<p>Nothing.</p>")
        : Html($"""
            <ul class="items">
            {All(report.Rows.Where(row => row.IsBlocking).Select(row => Html($"""
                <li class="bad"><h3>{row.Concern.Title}</h3> {PageWords.Status(row)}
                <p><bdi>{row.Evidence}</bdi></p>
                <p class="soft">How to mend it: <code>{row.Concern.Mend}</code></p></li>
                """)))}
            </ul>
            """);

    private static IEnumerable<PageSection> LeftOut(ReadinessReport report) => report.LeftOut.Count == 0
        ? []
        : [new("left", "What was not looked at", Html($"""
            {LeftOut("Only a deployment can show these. The report that is run where the service runs looks at them:", report.LeftToDeployment)}
            {LeftOut("These may follow later, and were not asked for:", report.LeftForLater)}
            """))];

    private static Markup LeftOut(string why, IEnumerable<Concern> concerns) => !concerns.Any()
        ? None
        : Html($"""
            <p>{why}</p>
            <ul>
            {All(concerns.Select(concern => Html($"""<li>{concern.Title} <span class="soft">({PageWords.Of(concern.Tier)})</span></li>""")))}
            </ul>
            """);

    private static Markup Changes(ReadinessReport report, EarlierReport? earlier)
    {
        if (earlier is null)
        {
            return Html($"<p>There is no earlier report to compare with.</p>");
        }

        var changes = ReportChanges.Between(earlier, report);
        var since = PageWords.Moment(earlier.At);
        var differs = earlier.IsAlike(report)
            ? None
            : Html($"<p>That report was about {PageWords.Subject(earlier.Tier, earlier.Candidate, earlier.Service)}; this one is about {SubjectOf(report)}. What both looked at is compared.</p>");

        return Html($"""
            {(changes.Count == 0 ? Html($"<p>Nothing since the report of {since}.</p>") : Html($"<p>Since the report of {since}:</p>"))}
            {differs}
            {(changes.Count == 0 ? None : Html($"""
                <ul>
                {All(changes.Select(change => Html($"<li><strong><bdi>{change.Title}</bdi></strong> {PageWords.Of(change.Course)}: <bdi>{change.What}</bdi></li>")))}
                </ul>
                """))}
            """);
    }
}
